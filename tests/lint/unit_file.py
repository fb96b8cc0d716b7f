#!/usr/bin/env python3
"""systemd accepts systemd/causeway.service, with not one warning. The program need not be installed: a copy of
the unit names one that exists."""
import pathlib
import subprocess
import sys
import tempfile

from sources import ROOT

unit = (ROOT / "systemd/causeway.service").read_text()
# A start limit would leave the gateway dead after some aborts; a bad configuration must not loop.
EXPECTED = {
    "[Unit]": ["StartLimitIntervalSec=0"],
    "[Service]": ["ExecStart=/usr/bin/causeway --config /etc/causeway/causeway.yaml", "Restart=on-failure",
                  "RestartPreventExitStatus=2"],
}
for section, lines in EXPECTED.items():
    given = unit.partition(section + "\n")[2].partition("\n[")[0].splitlines()
    for line in lines:
        if line not in given:
            sys.exit(f"systemd/causeway.service: expected {line} in {section}")
with tempfile.TemporaryDirectory() as directory:
    copy = pathlib.Path(directory) / "causeway.service"
    copy.write_text(unit.replace("/usr/bin/causeway", "/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(copy)]
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
print(said.stdout, end="")
sys.exit(1 if said.returncode or said.stdout else 0)
