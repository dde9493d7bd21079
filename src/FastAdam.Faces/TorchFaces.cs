using System.Text;
using FastAdam.Rules;

namespace FastAdam.Faces;

/// <summary>The optimizers' classes for PyTorch.</summary>
internal static class TorchFaces
{
    /// <summary>The arguments that all classes have behind their own: PyTorch's, then FastAdam's.</summary>
    private const string CommonArguments = """
                foreach: Optional[bool] = None,
                capturable: bool = False,
                differentiable: bool = False,
                fused: Optional[bool] = None,
                max_grad_norm: Optional[float] = None,
                moment_dtype: Optional[torch.dtype] = None,
                state_format: Optional[str] = None,
                min_8bit_size: int = 4096,
                master_copy: Union[str, bool, None] = None,
                stochastic_rounding: bool = False,
                seed: int = 0,
                threads: Optional[int] = None,
                executor: Optional[str] = "openmp",

        """;

    public static IEnumerable<Face> Of(RuleInfo[] rules) =>
    [
        new("native-aot/python/fastadam/torch/_optimizers.py", Optimizers(rules)),
    ];

    private static string Optimizers(RuleInfo[] rules)
    {
        var text = new StringBuilder($"\"\"\"The optimizers for PyTorch with dense gradients. {PythonFaces.Written}\"\"\"\n\n" + """
            from __future__ import annotations

            from typing import Any, Optional, Union

            import torch

            from .. import _optimizers as _arrays
            from ._optimizer import FusedOptimizer

            __all__ = [

            """);
        string[] names = [.. rules.SelectMany(rule => (string[])[rule.Description.PythonName, .. rule.Description.Presets.Select(preset => preset.Name)])];
        text.Append(string.Concat(names.Order(StringComparer.Ordinal).Select(name => $"    \"{name}\",\n")));
        text.Append("]\n");
        foreach (RuleInfo rule in rules)
        {
            AppendClass(text, rule, null);
            foreach (RulePreset preset in rule.Description.Presets)
            {
                AppendClass(text, rule, preset);
            }
        }

        return text.ToString();
    }

    private static void AppendClass(StringBuilder text, RuleInfo rule, RulePreset? preset)
    {
        string name = preset?.Name ?? rule.Description.PythonName;
        text.Append($"\n\nclass {name}(FusedOptimizer):\n    \"\"\"");
        text.Append(preset is null ? $"{rule.Documentation.Title}." : $"{name}: {rule.Description.PythonName} with {RuleText.Preset(preset)} by default.");
        text.Append($" ``fastadam.{name}`` has the formula.\"\"\"\n\n    kind = _arrays.{name}\n\n");
        text.Append("    def __init__(\n        self,\n        params: Any,\n");
        text.Append(PythonFaces.Signature(rule, preset).Replace("lr: float", "lr: Union[float, torch.Tensor]", StringComparison.Ordinal));
        text.Append(CommonArguments).Append("    ) -> None:\n");
        text.Append("        \"\"\"``FusedOptimizer`` says what params and the arguments from foreach on are.\n\n        Args:\n");
        PythonFaces.AppendMeanings(text, rule, preset);
        text.Append("        \"\"\"\n        super().__init__(params, locals())\n");
    }
}
