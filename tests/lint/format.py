#!/usr/bin/env python3
"""All C++ files are as clang-format leaves them. Argument: the clang-format to ask."""
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

from sources import FOLDERS, cpp_files

files = cpp_files(FOLDERS + ["tests"])
batches = [files[i:i + 20] for i in range(0, len(files), 20)]
check = lambda batch: subprocess.run([sys.argv[1], "--dry-run", "-Werror", *batch]).returncode
with ThreadPoolExecutor(os.cpu_count()) as pool:
    sys.exit(1 if any(list(pool.map(check, batches))) else 0)
