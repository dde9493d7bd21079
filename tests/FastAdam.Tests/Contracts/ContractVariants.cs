namespace FastAdam.Tests.Contracts;

/// <summary>The numbers of a step over tensors of one group, and what stands around it.</summary>
internal sealed record ContractSetting(ContractGroup Group)
{
    public double? MaxGradNorm { get; init; }

    public bool SkipsNonFinite { get; init; }

    public bool ReportsChanges { get; init; }
}

/// <summary>A rule with its flags, the state that it keeps, and settings that between them take every way through it.</summary>
internal sealed record ContractVariant(string Name, string[] Roles, ContractSetting[] Settings)
{
    private static readonly ContractGroup _adam = new("adam", 1e-3) { Beta1 = 0.9, Beta2 = 0.999, Eps = 1e-8 };
    private static readonly ContractGroup _amsGrad = _adam with { AmsGrad = true };
    private static readonly ContractGroup _nadam = _adam with { Rule = "nadam", Lr = 2e-3, MomentumDecay = 4e-3 };
    private static readonly ContractGroup _radam = _adam with { Rule = "radam" };
    private static readonly ContractGroup _adaMax = _adam with { Rule = "adamax", Lr = 2e-3 };
    private static readonly ContractGroup _sgd = new("sgd", 1e-3);
    private static readonly ContractGroup _momentum = _sgd with { Momentum = 0.9 };
    private static readonly ContractGroup _adaGrad = new("adagrad", 1e-2) { Eps = 1e-10 };
    private static readonly ContractGroup _rmsProp = new("rmsprop", 1e-2) { Alpha = 0.99, Eps = 1e-8 };
    private static readonly ContractGroup _lion = new("lion", 1e-4) { Beta1 = 0.9, Beta2 = 0.99, DecoupledWeightDecay = true };

    public static IReadOnlyList<ContractVariant> All { get; } =
    [
        new("adam", ["exp_avg", "exp_avg_sq"], [.. Around(_adam), .. Decoupled(_adam), .. Betas(_adam)]),
        new(
            "amsgrad",
            ["exp_avg", "exp_avg_sq", "max_exp_avg_sq"],
            [.. Around(_amsGrad), .. Decoupled(_amsGrad), .. Betas(_amsGrad)]),
        new(
            "nadam",
            ["exp_avg", "exp_avg_sq"],
            [
                .. Around(_nadam), .. Decoupled(_nadam), .. Betas(_nadam),
                new(_nadam with { MomentumDecay = 0 }), new(_nadam with { MomentumDecay = 0.1 }),
            ]),
        new("radam", ["exp_avg", "exp_avg_sq"], [.. Around(_radam), .. Decoupled(_radam), .. Betas(_radam)]),
        new("adamax", ["exp_avg", "exp_inf"], [.. Around(_adaMax), .. Betas(_adaMax)]),
        new("sgd", [], Around(_sgd)),
        new(
            "sgd_momentum",
            ["momentum_buffer"],
            [
                .. Around(_momentum),
                new(_momentum with { Momentum = 0.95, Nesterov = true, WeightDecay = 0.01 }),
                new(_momentum with { Nesterov = true, Maximize = true }) { MaxGradNorm = 1, ReportsChanges = true },
                new(_momentum with { Momentum = 0.5, Dampening = 0.3 }),
            ]),
        new(
            "adagrad",
            ["sum"],
            [
                .. Around(_adaGrad),
                new(_adaGrad with { LrDecay = 0.1 }),
                new(_adaGrad with { LrDecay = 0.05, WeightDecay = 0.01, Eps = 0 }),
            ]),
        new("rmsprop", ["square_avg"], RmsProp(_rmsProp)),
        new("rmsprop_momentum", ["square_avg", "momentum_buffer"], RmsProp(_rmsProp with { Momentum = 0.9 })),
        new("rmsprop_centered", ["square_avg", "grad_avg"], RmsProp(_rmsProp with { Centered = true })),
        new(
            "rmsprop_centered_momentum",
            ["square_avg", "momentum_buffer", "grad_avg"],
            RmsProp(_rmsProp with { Centered = true, Momentum = 0.9 })),
        new(
            "lion",
            ["exp_avg"],
            [
                .. Around(_lion with { DecoupledWeightDecay = false }), .. Around(_lion), .. Decoupled(_lion),
                new(_lion with { Beta1 = 0, Beta2 = 0 }),
                new(_lion with { Beta1 = 0.25, Beta2 = 0.5 }),
                new(_lion with { Beta1 = 0.5, Beta2 = 0.25, WeightDecay = 0.1 }),
            ]),
    ];

    /// <summary>Adam over rows of tables.</summary>
    public static ContractVariant Sparse { get; } = new(
        "sparse",
        ["exp_avg", "exp_avg_sq"],
        [
            new(_adam),
            new(_adam with { GradScale = 3, Maximize = true, PreservesSubnormals = true }),
            new(_adam with { Beta1 = 0.25, Beta2 = 0.5, ClipValue = 0.1 }),
            new(_adam with { Lr = 0.1, Eps = 0 }) { MaxGradNorm = 1, ReportsChanges = true },
            new(_adam with { GradScale = 1024 }) { SkipsNonFinite = true, ReportsChanges = true },
        ]);

    /// <summary>Whether all elements of an array must be at least 0, or NaN.</summary>
    public static bool IsMagnitude(string role) => role is "exp_avg_sq" or "max_exp_avg_sq" or "square_avg" or "sum" or "exp_inf";

    /// <summary>All combinations of storage types: a letter each for parameters, gradients and every state array.</summary>
    public IEnumerable<char[]> Types()
    {
        int[] own = [.. Enumerable.Range(0, Roles.Length).Where(i => Like(Roles[i]) is null)];
        int count = (int)Math.Pow(3, 2 + own.Length);
        for (int number = 0; number < count; number++)
        {
            char[] types = new char[2 + Roles.Length];
            int left = number;
            foreach (int place in (int[])[0, 1, .. own.Select(i => 2 + i)])
            {
                types[place] = "fhb"[left % 3];
                left /= 3;
            }

            for (int i = 0; i < Roles.Length; i++)
            {
                if (Like(Roles[i]) is string other)
                {
                    types[2 + i] = types[2 + Array.IndexOf(Roles, other)];
                }
            }

            yield return types;
        }
    }

    // The array that one is stored like.
    private static string? Like(string role) => role switch
    {
        "max_exp_avg_sq" => "exp_avg_sq",
        "grad_avg" => "square_avg",
        _ => null,
    };

    private static ContractSetting[] Around(ContractGroup group) =>
    [
        new(group),
        new(group with { WeightDecay = 0.1 }),
        new(group with { GradScale = 1024, PreservesSubnormals = true }),
        new(group with { Maximize = true, GradScale = 3, ClipValue = 0.1, WeightDecay = 0.05, Lr = 0.1 }),
        new(group) { MaxGradNorm = 1 },
        new(group) { ReportsChanges = true },
        new(group with { ClipValue = 0.01, Lr = 0.5 }) { SkipsNonFinite = true, ReportsChanges = true },
        new(group with { WeightDecay = 0.02, GradScale = 0.5, Maximize = true, PreservesSubnormals = true })
        {
            MaxGradNorm = 0.5,
            SkipsNonFinite = true,
            ReportsChanges = true,
        },
    ];

    // The second is a pair for which 1 - lr * wd is another float when the product is rounded first.
    private static ContractSetting[] Decoupled(ContractGroup group) =>
    [
        new(group with { DecoupledWeightDecay = true, WeightDecay = 1e-2 }),
        new(group with
        {
            Lr = 0.9255069025739422,
            WeightDecay = 0.6040541947252257,
            DecoupledWeightDecay = true,
            Maximize = true,
            PreservesSubnormals = true,
        }),
    ];

    private static ContractSetting[] Betas(ContractGroup group) =>
    [
        new(group with { Beta1 = 0, Beta2 = 0 }),
        new(group with { Beta1 = 0.25, Beta2 = 0.5, Eps = 0 }),
        new(group with { Beta1 = 0.5, Beta2 = 0.95, Eps = 1e-3, WeightDecay = 0.1, GradScale = 0.25 }),
    ];

    private static ContractSetting[] RmsProp(ContractGroup group) =>
    [
        .. Around(group),
        new(group with { Alpha = 0 }),
        new(group with { Alpha = 0.25, Eps = 0 }),
        new(group with { Alpha = 0.5, Momentum = group.Momentum / 2, Eps = 1e-3, WeightDecay = 0.1 }),
    ];
}
