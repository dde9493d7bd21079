using System.Globalization;

namespace FastAdam.Tests.Contracts;

/// <summary>Makes the lines of Checksums.txt: what was computed, and the checksum over everything that was written.</summary>
internal static class ChecksumLines
{
    private const double MuProduct = 0.375;

    // The last is more than what is two threads' work, for the rules with three arrays, too.
    private const int LargeLength = 360_037;

    private const int ListCount = 16;

    private static readonly long[] _steps = [1, 2, 7, 1000];

    // Tails of every vector, and more than one tile of 512.
    private static readonly int[] _lengths = [1, 37, 709];

    private static readonly (int Rows, int RowLength)[] _shapes = [(5, 1), (7, 37), (4, 530)];

    // Numbers of training's magnitudes where a norm is measured: a few large ones would make it so large that nothing is left of
    // the others.
    private static readonly (string Variant, string Types, int Setting, int Kind)[] _large =
    [
        ("adam", "ffff", 0, 2),
        ("adam", "bbff", 4, 0),
        ("adam", "hhhh", 7, 0),
        ("amsgrad", "fbbhh", 5, 1),
        ("nadam", "bbbb", 7, 0),
        ("sgd_momentum", "fff", 6, 0),
        ("rmsprop_centered_momentum", "fhfbf", 3, 1),
        ("lion", "bfb", 0, 3),
    ];

    /// <summary>What the lines begin with, as the theories take them.</summary>
    public static IReadOnlyList<string> Variants { get; } =
        [.. ContractVariant.All.Select(variant => variant.Name), ContractVariant.Sparse.Name, "list", "shared"];

    /// <summary>The lines of a variant, each without its checksum.</summary>
    public static IEnumerable<string> Keys(string variant) => Lines(variant).Select(line => line.Key);

    /// <summary>The lines of a variant, each with what computes its checksum with an instruction set.</summary>
    public static IEnumerable<(string Key, Func<string, ulong> Compute)> Lines(string variant) => variant switch
    {
        "list" => Enumerable.Range(0, ListCount).Select(
            number => ($"list {number:d2}", (Func<string, ulong>)(instructionSet => List(instructionSet, number)))),
        "shared" =>
            from large in _large
            from threads in (int[])[1, 2]
            select ($"{Key($"shared {large.Variant}", large.Types.ToCharArray())} threads={threads}",
                (Func<string, ulong>)(instructionSet => Shared(
                    instructionSet, Named(large.Variant), large.Types.ToCharArray(), large.Setting, large.Kind, threads))),
        "sparse" => ContractVariant.Sparse.Types().Select(
            types => (Key(variant, types), (Func<string, ulong>)(instructionSet => Sparse(instructionSet, types)))),
        _ => Named(variant).Types().Select(
            types => (Key(variant, types), (Func<string, ulong>)(instructionSet => One(instructionSet, Named(variant), types)))),
    };

    public static string Line(string key, ulong checksum) => $"{key} {checksum.ToString("x16", CultureInfo.InvariantCulture)}";

    private static string Key(string variant, char[] types) => $"{variant} {string.Join(' ', types)}";

    private static ContractVariant Named(string name) => ContractVariant.All.First(variant => variant.Name == name);

    private static ContractNumbers Numbers(string key)
    {
        var seed = new Checksum();
        seed.Add(key);
        return new ContractNumbers(seed.Value);
    }

    /// <summary>One tensor, with every setting, step and length; every kind of numbers comes with each of them.</summary>
    private static ulong One(string instructionSet, ContractVariant variant, char[] types)
    {
        ContractNumbers numbers = Numbers(Key(variant.Name, types));
        ContractTensor tensor = Tensor(variant, types, _lengths[^1]);
        var sum = new Checksum();
        for (int setting = 0; setting < variant.Settings.Length; setting++)
        {
            for (int step = 0; step < _steps.Length; step++)
            {
                for (int length = 0; length < _lengths.Length; length++)
                {
                    tensor = tensor with { Length = _lengths[length] };
                    Fill(numbers, tensor, tensor.Length, (setting + step + length) % ContractNumbers.KindCount);
                    ContractStep call = Step(_steps[step], variant.Settings[setting], tensor) with
                    {
                        GoesShortestWay = (step + length) % 2 == 0,
                    };
                    Run(instructionSet, call, ref sum);
                }
            }
        }

        return sum.Value;
    }

    /// <summary>One tensor that is long enough to be shared among threads.</summary>
    private static ulong Shared(
        string instructionSet, ContractVariant variant, char[] types, int setting, int kind, int threads)
    {
        ContractNumbers numbers = Numbers(Key($"shared {variant.Name}", types));
        ContractTensor tensor = Tensor(variant, types, LargeLength);
        Fill(numbers, tensor, LargeLength, kind);
        var sum = new Checksum();
        Run(instructionSet, Step(3, variant.Settings[setting], tensor) with { Threads = threads }, ref sum);
        return sum.Value;
    }

    /// <summary>One table alone, and two of which the second has another group and a step of its own. Indices repeat.</summary>
    private static ulong Sparse(string instructionSet, char[] types)
    {
        ContractVariant variant = ContractVariant.Sparse;
        ContractNumbers numbers = Numbers(Key(variant.Name, types));
        ContractTensor[] tables = [.. _shapes.Select(shape => Table(numbers, types, shape.Rows, shape.RowLength))];
        var sum = new Checksum();
        for (int setting = 0; setting < variant.Settings.Length; setting++)
        {
            for (int step = 0; step < _steps.Length; step++)
            {
                for (int shape = 0; shape < tables.Length; shape++)
                {
                    int kind = (setting + step + shape) % ContractNumbers.KindCount;
                    ContractTensor table = tables[shape];
                    ContractTensor other = tables[(shape + 1) % tables.Length] with { Group = 1, Step = 5 };
                    FillTable(numbers, table, kind);
                    bool isAlone = step % 2 == 0;
                    ContractStep call = Step(_steps[step], variant.Settings[setting], table) with { GoesShortestWay = isAlone };
                    if (!isAlone)
                    {
                        FillTable(numbers, other, kind);
                        ContractGroup group = variant.Settings[(setting + 1) % variant.Settings.Length].Group;
                        call = call with { Groups = [.. call.Groups, group], Tensors = [table, other] };
                    }

                    Run(instructionSet, call, ref sum);
                }
            }
        }

        return sum.Value;
    }

    /// <summary>Tensors of all lengths and types in groups of all variants, some with a step of their own, some with gradients or
    /// products of momentums in common, in several steps one after the other.</summary>
    private static ulong List(string instructionSet, int number)
    {
        ContractNumbers numbers = Numbers($"list {number}");
        ContractVariant[] variants = [.. Enumerable.Range(0, 5).Select(_ => numbers.Pick(ContractVariant.All))];
        ContractGroup[] groups = [.. variants.Select(variant => numbers.Pick(variant.Settings).Group)];
        var tensors = new List<ContractTensor>();
        double[] muProduct = NewMuProduct();
        for (int i = 0; i < 12; i++)
        {
            int group = numbers.Next(groups.Length);
            int length = numbers.Pick((int[])[0, 1, 3, 37, 130, 709, 1100]);
            ContractTensor tensor = Tensor(variants[group], numbers.Pick([.. variants[group].Types()]), length);
            Fill(numbers, tensor, length, numbers.Next(KindsOfList(number)));
            long step = numbers.Next(3) == 0 ? 1 + numbers.Next(50) : 0;
            ContractTensor? giver = numbers.Next(6) == 0 ? tensors.Find(other => other.Length >= length) : null;

            // All tensors without a step of their own in the first group may have a product of momentums in common.
            bool sharesProduct = group == 0 && step == 0;
            tensors.Add(tensor with
            {
                Group = group,
                Step = step,
                Gradients = giver?.Gradients ?? tensor.Gradients,
                MuProduct = tensor.MuProduct is not null && sharesProduct ? muProduct : tensor.MuProduct,
            });
        }

        var sum = new Checksum();
        foreach (long step in _steps)
        {
            var call = new ContractStep(step, groups, [.. tensors])
            {
                MaxGradNorm = (number & 1) != 0 ? 2 : null,
                ReportsChanges = (number & 2) != 0,
                SkipsNonFinite = (number & 4) != 0,
                Threads = number % 3,
            };
            Run(instructionSet, call, ref sum);
        }

        return sum.Value;
    }

    // Half of the lists have training's magnitudes alone: in others norms are soon NaN or nearly infinite. Two of the last four,
    // which skip steps, have finite gradients.
    private static int KindsOfList(int number) => number switch
    {
        < ListCount / 2 => 1,
        ListCount - 4 or ListCount - 3 => ContractNumbers.FiniteKindCount,
        _ => ContractNumbers.KindCount,
    };

    private static ContractStep Step(long number, ContractSetting setting, ContractTensor tensor) =>
        new(number, [setting.Group], [tensor])
        {
            MaxGradNorm = setting.MaxGradNorm,
            SkipsNonFinite = setting.SkipsNonFinite,
            ReportsChanges = setting.ReportsChanges,
        };

    /// <summary>Makes a step, and adds all that it writes and reports.</summary>
    private static void Run(string instructionSet, ContractStep step, ref Checksum sum)
    {
        sum.Add(ContractSteps.Run(instructionSet, step));
        foreach (ContractTensor tensor in step.Tensors)
        {
            sum.Add(tensor.Parameters, tensor.Length);
            foreach ((string _, ContractArray array) in tensor.State.OrderBy(each => each.Key, StringComparer.Ordinal))
            {
                sum.Add(array, tensor.Length);
            }

            if (tensor.MuProduct is double[] product)
            {
                sum.Add(product[0]);
            }
        }
    }

    private static ContractTensor Tensor(ContractVariant variant, char[] types, int length) => new(
        ContractArray.Create(types[0], length),
        ContractArray.Create(types[1], length),
        variant.Roles.Index().ToDictionary(role => role.Item, role => ContractArray.Create(types[2 + role.Index], length)),
        length)
    {
        MuProduct = variant.Name == "nadam" ? NewMuProduct() : null,
    };

    private static ContractTensor Table(ContractNumbers numbers, char[] types, int rows, int rowLength)
    {
        // Fewer rows than indices: some occur twice and more, and some may not occur.
        long[] indices = GC.AllocateArray<long>(rows + 2, pinned: true);
        for (int i = 0; i < indices.Length; i++)
        {
            indices[i] = numbers.Next(rows);
        }

        return Tensor(ContractVariant.Sparse, types, rows * rowLength) with
        {
            Gradients = ContractArray.Create(types[1], indices.Length * rowLength),
            Indices = indices,
            RowLength = rowLength,
        };
    }

    private static double[] NewMuProduct()
    {
        double[] product = GC.AllocateArray<double>(1, pinned: true);
        product[0] = MuProduct;
        return product;
    }

    private static void FillTable(ContractNumbers numbers, ContractTensor table, int kind) =>
        Fill(numbers, table, table.Indices!.Length * table.RowLength, kind);

    private static void Fill(ContractNumbers numbers, ContractTensor tensor, int gradients, int kind)
    {
        numbers.Fill(tensor.Parameters, tensor.Length, isSigned: true, kind);
        numbers.Fill(tensor.Gradients, gradients, isSigned: true, kind);
        foreach ((string role, ContractArray array) in tensor.State.OrderBy(each => each.Key, StringComparer.Ordinal))
        {
            numbers.Fill(array, tensor.Length, !ContractVariant.IsMagnitude(role), kind);
        }

        if (tensor.MuProduct is double[] product)
        {
            product[0] = MuProduct;
        }
    }
}
