#!/usr/bin/env python3
"""The lints find what they are for."""
import unittest

import coroutines
import rooms
import sources


class Rooms(unittest.TestCase):
    def test_arrows_point_down_only(self):
        self.assertIsNone(rooms.fault_of("sip/ua/x.cpp", '"', "core/base/ids.hpp"))
        self.assertIn("must not see", rooms.fault_of("core/base/x.cpp", '"', "config/config.hpp"))
        self.assertIn("must not see", rooms.fault_of("sip/ua/x.cpp", '"', "webrtc/browser_leg.hpp"))
        self.assertIn("must not see", rooms.fault_of("webrtc/ice/x.cpp", '"', "transcode/codec.hpp"))
        self.assertIn("must not see", rooms.fault_of("gateway/http/x.cpp", '"', "gateway/routing/dial_plan.hpp"))
        self.assertIn("must not see", rooms.fault_of("gateway/call/x.cpp", '"', "gateway/http/web_door.hpp"))
        self.assertIn("no room", rooms.fault_of("gateway/attic/x.cpp", '"', "core/base/ids.hpp"))

    def test_third_party_names_stay_in_their_rooms(self):
        for path, name in [("sip/ua/x.cpp", "sofia-sip/nua.h"), ("core/base/log.cpp", "spdlog/spdlog.h"),
                           ("gateway/app/x.cpp", "boost/asio/post.hpp"), ("webrtc/ice/x.hpp", "glib.h"),
                           ("core/sdp/x.hpp", "boost/system/result.hpp"), ("gateway/media/x.cpp", "sys/uio.h"),
                           ("gateway/media/x.cpp", "vector"), ("transcode/x.cpp", "opus/opus.h")]:
            self.assertIsNone(rooms.fault_of(path, "<", name), (path, name))
        for path, name in [("sip/rtp/x.cpp", "sofia-sip/nua.h"), ("core/base/ids.cpp", "spdlog/spdlog.h"),
                           ("gateway/call/x.hpp", "boost/asio/post.hpp"), ("webrtc/x.cpp", "glib.h"),
                           ("gateway/app/x.cpp", "boost/beast/core.hpp"), ("sip/ua/x.cpp", "openssl/md5.h"),
                           ("core/rtp/x.cpp", "boost/asio/post.hpp"), ("config/x.cpp", "boost/regex.hpp")]:
            self.assertIn("no place", rooms.fault_of(path, "<", name) or "", (path, name))


class Coroutines(unittest.TestCase):
    def faults(self, code):
        return list(coroutines.faults_in("x.cpp", code))

    def test_a_capturing_lambda_must_not_be_a_coroutine(self):
        bad = "void f() {\n co_spawn(io, [this, x]() -> awaitable<void> { co_await g(); }, detached);\n}"
        self.assertEqual(self.faults(bad), ["x.cpp:2: a lambda with captures is a coroutine"])
        self.assertEqual(len(self.faults("auto f = [&] { if (x) { co_return; } };")), 1)
        self.assertEqual(self.faults("auto f = []() -> awaitable<void> { co_await g(); };"), [])
        self.assertEqual(self.faults("task f() { auto h = [x] { return x; }; co_await g(h); }"), [])
        self.assertEqual(self.faults("task f() { a[i] = 1; co_await g(); }"), [])

    def test_a_co_await_expression_holds_names_only(self):
        self.assertEqual(len(self.faults("co_await send(Message{1, 2});")), 1)
        self.assertEqual(len(self.faults("x = co_await g([a](int) { return a; });")), 1)
        self.assertEqual(self.faults("if (co_await g(x)) { y = {}; }"), [])
        self.assertEqual(self.faults("co_await g(std::move(x), token); // Message{}"), [])

    def test_the_experimental_channel_stays_out(self):
        self.assertEqual(len(self.faults("asio::experimental::channel<int> c;")), 1)
        self.assertEqual(len(self.faults("#include <boost/asio/experimental/channel.hpp>")), 1)


class Sources(unittest.TestCase):
    def test_comments_and_strings_are_blanked(self):
        code = sources.code_of('a("{"); // {\n/* {\n */ b = \'{\'; c = 1\'000;')
        self.assertNotIn("{", code)
        self.assertEqual(code.count("\n"), 2)

    def test_all_our_files_are_looked_at(self):
        names = [file.relative_to(sources.ROOT).as_posix() for file in sources.cpp_files()]
        for name in ["core/base/ids.hpp", "gateway/app/main.cpp", "sip/ua/sip_ua.cpp"]:
            self.assertIn(name, names)


unittest.main()
