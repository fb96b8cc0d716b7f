#!/usr/bin/env python3
"""systemd accepts systemd/causeway.service, with not one warning. The program need not be installed: a copy of
the unit names one that exists."""
import pathlib
import subprocess
import sys
import tempfile

from sources import ROOT

unit = (ROOT / "systemd/causeway.service").read_text()
if unit.count("=/usr/bin/causeway ") != 2:
    sys.exit("systemd/causeway.service: expected ExecStartPre and ExecStart of /usr/bin/causeway")
with tempfile.TemporaryDirectory() as directory:
    copy = pathlib.Path(directory) / "causeway.service"
    copy.write_text(unit.replace("/usr/bin/causeway", "/bin/true"))
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(copy)]
    said = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
print(said.stdout, end="")
sys.exit(1 if said.returncode or said.stdout else 0)
