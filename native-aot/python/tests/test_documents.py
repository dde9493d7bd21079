"""The README's example and the sample, as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import unittest

import fastadam
from fastadam import _library
from support import PYTHON, SAMPLE, Case


class DocumentTests(Case):
    def run_file(self, *arguments):
        path = os.pathsep.join([str(PYTHON), os.environ.get("PYTHONPATH", "")])
        environment = {**os.environ, "PYTHONPATH": path, "FASTADAM_LIBRARY": _library.path}
        return subprocess.run(
            [sys.executable, "-W", "error", *arguments], env=environment, capture_output=True, text=True, timeout=120
        )

    def test_readme_example(self):
        blocks = re.findall(r"```python\n(.*?)```", (PYTHON / "README.md").read_text("utf-8"), re.DOTALL)
        self.assertEqual(len(blocks), 1)
        result = self.run_file("-c", blocks[0])
        self.assertEqual(result.stdout, f"3.00 -1.00 on {fastadam.isa()}\n", result.stderr)

    def test_sample(self):
        result = self.run_file(SAMPLE)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"^test accuracy 0\.9\d+ after 30 epochs, on \w+\n$")


if __name__ == "__main__":
    unittest.main()
