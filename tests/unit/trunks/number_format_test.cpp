#include "gateway/trunks/number_format.hpp"

#include <gtest/gtest.h>

namespace causeway::trunks {
namespace {

using config::NumberForm;

config::TrunkNumbers german(NumberForm form) {
    config::TrunkNumbers numbers;
    numbers.out = form;
    numbers.in = form;
    numbers.country = "49";
    return numbers;
}

TEST(NumberFormat, writes_one_number_in_every_form) {
    const std::string number = "+4930123456";
    EXPECT_EQ(number_out(number, german(NumberForm::as_is)), "+4930123456");
    EXPECT_EQ(number_out(number, german(NumberForm::e164)), "+4930123456");
    EXPECT_EQ(number_out(number, german(NumberForm::digits)), "4930123456");
    EXPECT_EQ(number_out(number, german(NumberForm::international)), "004930123456");
    EXPECT_EQ(number_out(number, german(NumberForm::national)), "030123456");
}

TEST(NumberFormat, a_number_of_another_country_is_dialled_internationally) {
    EXPECT_EQ(number_out("+12155551212", german(NumberForm::national)), "0012155551212");
}

TEST(NumberFormat, north_america_has_no_national_prefix_for_some) {
    config::TrunkNumbers numbers;
    numbers.out = NumberForm::national;
    numbers.in = NumberForm::national;
    numbers.country = "1";
    numbers.national_prefix = "";
    numbers.international_prefix = "011";
    EXPECT_EQ(number_out("+12155551212", numbers), "2155551212");
    EXPECT_EQ(number_out("+4930123456", numbers), "0114930123456");
    EXPECT_EQ(number_in("2155551212", numbers), "+12155551212");
    EXPECT_EQ(number_in("0114930123456", numbers), "+4930123456");
}

TEST(NumberFormat, leaves_short_codes_and_names_as_they_are) {
    for (const char* number : {"110", "112", "*77#", "alice", "", "+", "+49x1", "030123"}) {
        EXPECT_EQ(number_out(number, german(NumberForm::national)), number);
    }
    for (const char* number : {"110", "0", "00", "000", "01", "alice", "", "+4930123456", "*77"}) {
        EXPECT_EQ(number_in(number, german(NumberForm::national)), number);
    }
}

TEST(NumberFormat, reads_what_it_writes) {
    for (const NumberForm form :
         {NumberForm::e164, NumberForm::digits, NumberForm::international, NumberForm::national}) {
        for (const std::string number : {"+4930123456", "+12155551212", "+99812345678901"}) {
            EXPECT_EQ(number_in(number_out(number, german(form)), german(form)), number);
        }
    }
}

TEST(NumberFormat, puts_the_prefix_before_called_numbers_only) {
    auto numbers = german(NumberForm::national);
    numbers.prefix = "9";
    EXPECT_EQ(called_out("+4930123456", numbers), "9030123456");
    EXPECT_EQ(called_out("110", numbers), "9110");
    EXPECT_EQ(number_out("+4930123456", numbers), "030123456");
}

TEST(NumberFormat, digits_of_nobody_are_no_number) {
    EXPECT_EQ(number_in("1234567890123456", german(NumberForm::digits)), "1234567890123456");
    EXPECT_EQ(number_in("100", german(NumberForm::digits)), "100");
}

TEST(NumberFormat, rewrites_the_sip_uris_of_a_header_and_nothing_else) {
    const auto form = german(NumberForm::national);
    EXPECT_EQ(uris_out("<sip:+4930123456@gw.example;user=phone>, <tel:+4930123456>", form),
              "<sip:030123456@gw.example;user=phone>, <tel:+4930123456>");
    EXPECT_EQ(uris_out("sip:gw.example", form), "sip:gw.example");
    EXPECT_EQ(uris_out("sip:alice@gw.example", form), "sip:alice@gw.example");
    EXPECT_EQ(uris_in("\"Berta\" <sip:030123456@carrier.example>", form),
              "\"Berta\" <sip:+4930123456@carrier.example>");
    EXPECT_EQ(uris_out("sip:", form), "sip:");
    EXPECT_EQ(uris_out("", form), "");
}

}  // namespace
}  // namespace causeway::trunks
