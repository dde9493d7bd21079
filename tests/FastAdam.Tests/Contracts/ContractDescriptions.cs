namespace FastAdam.Tests.Contracts;

/// <summary>One rule with its numbers, named as PyTorch names them. Nothing here is a default of the library.</summary>
/// <param name="Rule">adam, nadam, radam, adamax, sgd, adagrad, rmsprop or lion; the flags below make its variants.</param>
/// <param name="Lr">The learning rate.</param>
internal sealed record ContractGroup(string Rule, double Lr)
{
    public double Beta1 { get; init; }

    public double Beta2 { get; init; }

    /// <summary>RMSProp's decay rate.</summary>
    public double Alpha { get; init; }

    public double Eps { get; init; }

    public double WeightDecay { get; init; }

    public bool DecoupledWeightDecay { get; init; }

    public bool AmsGrad { get; init; }

    public double Momentum { get; init; }

    public double Dampening { get; init; }

    public bool Nesterov { get; init; }

    public bool Centered { get; init; }

    public double LrDecay { get; init; }

    public double MomentumDecay { get; init; }

    public double GradScale { get; init; } = 1;

    public double ClipValue { get; init; } = double.PositiveInfinity;

    public bool Maximize { get; init; }

    /// <summary>Whether moments are stored as they are where they are subnormal, and not as zeros.</summary>
    public bool PreservesSubnormals { get; init; }
}

/// <summary>An array in memory that does not move.</summary>
/// <param name="Type">f for float, h for half precision, b for bfloat16.</param>
/// <param name="Memory">Its bytes, pinned, at least as many as the tensor needs.</param>
internal sealed record ContractArray(char Type, byte[] Memory)
{
    public int Size => SizeOf(Type);

    public static ContractArray Create(char type, int length) =>
        new(type, GC.AllocateArray<byte>(int.Max(length, 1) * SizeOf(type), pinned: true));

    public static int SizeOf(char type) => type == 'f' ? 4 : 2;
}

/// <summary>One tensor of a step, or one table of which a step updates some rows.</summary>
/// <param name="Parameters">p, updated.</param>
/// <param name="Gradients">g, only read.</param>
/// <param name="State">The state arrays by what they are: exp_avg, exp_avg_sq, max_exp_avg_sq, momentum_buffer, square_avg,
/// grad_avg, sum, exp_inf.</param>
/// <param name="Length">Elements in each array; of a table all rows together.</param>
internal sealed record ContractTensor(
    ContractArray Parameters, ContractArray Gradients, IReadOnlyDictionary<string, ContractArray> State, int Length)
{
    /// <summary>The index of its group.</summary>
    public int Group { get; init; }

    /// <summary>The number of its own step, or 0 for that of the call.</summary>
    public long Step { get; init; }

    /// <summary>NAdam's mu_product, one number, pinned; tensors may share it.</summary>
    public double[]? MuProduct { get; init; }

    /// <summary>For a table: the rows that have gradients, pinned.</summary>
    public long[]? Indices { get; init; }

    /// <summary>For a table: elements in a row.</summary>
    public int RowLength { get; init; }
}

/// <summary>One step over tensors, or over tables.</summary>
/// <param name="Number">The number of the step for tensors without one of their own.</param>
/// <param name="Groups">The groups that the tensors name.</param>
/// <param name="Tensors">The tensors; all of them are tables, or none is.</param>
internal sealed record ContractStep(long Number, ContractGroup[] Groups, ContractTensor[] Tensors)
{
    public double? MaxGradNorm { get; init; }

    /// <summary>Whether the step is skipped where a gradient is infinite or NaN.</summary>
    public bool SkipsNonFinite { get; init; }

    public bool ReportsChanges { get; init; }

    public int Threads { get; init; } = 1;

    /// <summary>Whether to go the shortest way that the library has for one tensor, where that can do the step. The results are
    /// the same.</summary>
    public bool GoesShortestWay { get; init; }
}

/// <summary>What a step reported.</summary>
internal sealed record ContractReport(
    bool IsSkipped, long? NonFinite, double? GradNorm, double? UpdateNorm, double? ParamNorm, double? UnchangedShare);
