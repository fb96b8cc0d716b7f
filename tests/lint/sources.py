"""What the lints share: our C++ files, without comments and strings where that is wanted."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ["core", "config", "sip", "webrtc", "transcode", "gateway"]


def cpp_files(folders=FOLDERS):
    files = []
    for folder in folders:
        files += [f for f in (ROOT / folder).rglob("*") if f.suffix in (".cpp", ".hpp")]
    return sorted(f for f in files if "node_modules" not in f.parts)


def code_of(text):
    """The text with comments and string literals blanked, so that lines and braces can be trusted."""
    blank = lambda m: re.sub(r"[^\n]", " ", m.group())
    pattern = r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|' + r"(?<!\w)'(?:\\.|[^'\\\n])'"
    return re.sub(pattern, blank, text, flags=re.S)


def finish(faults):
    for fault in faults:
        print(fault)
    sys.exit(1 if faults else 0)
