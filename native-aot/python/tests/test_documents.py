"""The README's example and the sample, as they stand."""

from __future__ import annotations

import importlib.util
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

    def test_readme_examples(self):
        blocks = re.findall(r"```python\n(.*?)```", (PYTHON / "README.md").read_text("utf-8"), re.DOTALL)
        outputs = (
            rf"3\.00 -1\.00 on {fastadam.isa()}\n",
            r"norm 8\.\d\d, update 0\.\d{3}, 0% unchanged\nTrue 1 \(1, 1, 1\)\n\[3 7\]\n",
            r"{'epoch': '1'} 0\.1 \(1,\) True\nstate\.weights\.step params\.weights state\.weights\.exp_avg state\.weights\.exp_avg_sq\n",
            r"True dict_keys\(\['step', 'exp_avg', 'exp_avg_sq'\]\)\n",
            r"uint8 \(64,\) True\nfloat32 int16\n16\.00 GB\n10\.06 GB\n8\.06 GB\n",
        )
        self.assertEqual(len(blocks), len(outputs))
        for block, output in zip(blocks, outputs):
            if "import torch" in block and importlib.util.find_spec("torch") is None:
                continue
            result = self.run_file("-c", block)
            self.assertRegex(result.stdout, f"^{output}$", result.stderr)

    def test_sample(self):
        result = self.run_file(SAMPLE)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertRegex(result.stdout, r"^test accuracy 0\.9\d+ after 30 epochs, on \w+\n$")


if __name__ == "__main__":
    unittest.main()
