using FastAdam.Rules;

namespace FastAdam.Faces;

/// <summary>A field of a structure of the C interface.</summary>
/// <param name="Type">Its type in C.</param>
/// <param name="Name">Its name in C and in Python.</param>
/// <param name="Comment">What it is.</param>
/// <param name="Count">How many there are, one after another; 1 for no array.</param>
internal sealed record NativeField(string Type, string Name, string Comment, int Count = 1)
{
    /// <summary>Bytes of one.</summary>
    public int Size => Type is "int32_t" or "uint32_t" ? 4 : 8;
}

/// <summary>A structure of the C interface. Its first field says its size.</summary>
/// <param name="Name">Its name in C, without fastadam_.</param>
/// <param name="LastRequired">The last field that a caller's structure must have: older programs may lack what is behind it.</param>
/// <param name="Fields">Its fields behind struct_size.</param>
internal sealed record NativeStruct(string Name, string LastRequired, params NativeField[] Fields)
{
    /// <summary>All structures. C, C# and Python have theirs from here.</summary>
    public static NativeStruct[] All { get; } =
    [
        new(
            "group",
            "flags",
            [
                new("int32_t", "rule", "FASTADAM_ADAM and so on"),
                new("uint64_t", "flags", "any of the flags that the rule has"),
                .. Hyperparameters.Numbers.Select((number, i) => new NativeField(
                    "double", number.TorchName, $"{number.Meaning}: {RuleText.Ranges(RuleInfo.Find(), i)}. {RuleText.Owners(RuleInfo.Find(), i)}")),
            ]),
        new(
            "tensor",
            "state_dtype",
            new("int32_t", "group", "its index in the groups"),
            new("int64_t", "step", "the number of this tensor's step, from 1; 0: that of the call"),
            new("size_t", "n", "elements in each array; 0 is valid and does nothing, whatever these pointers"),
            new("void *", "param", "p; updated"),
            new("const void *", "grad", "g; only read"),
            new("void *", "state", "the state arrays in the rule's order; updated. Not looked at where the step keeps none there", 4),
            new("int32_t", "param_dtype", "FASTADAM_F32 or another code for parameters; the dtypes are independent of each other"),
            new("int32_t", "grad_dtype", "FASTADAM_F32, _F16 or _BF16"),
            new("int32_t", "state_dtype", "FASTADAM_F32 or another code for state; valid also for arrays that the step does not keep: 0 is", 4),
            new(
                "double *",
                "numbers",
                "the numbers that the rule keeps for the tensor, in its order; updated, also where n is 0. They need no alignment. NULL for "
                + "rules that keep none, and allowed where n is 0"),
            new(
                "void *",
                "param_part",
                "what param_dtype needs beside param: the lower bits of FASTADAM_SPLIT16 and _SPLIT8, the copy of FASTADAM_F32_BF16_COPY and "
                + "_F32_F16_COPY, n elements. Not looked at for others"),
            new("void *", "state_part", "the scales of state arrays of FASTADAM_BLOCK8, ceil(n / 128) floats each. Not looked at for others", 4),
            new(
                "uint64_t",
                "random_id",
                "which random numbers round arrays of FASTADAM_BF16_STOCHASTIC and _F16_STOCHASTIC, below 2^32; 0: those of its place in the "
                + "list, counted from 1. Parts of one tensor have the same"),
            new(
                "uint64_t",
                "first_element",
                "the index of its first element in the whole tensor, where it is a part of one: a multiple of 128. Random rounding depends on it")),
        new(
            "step_options",
            "flags",
            new(
                "int32_t",
                "threads",
                "0: as many as this process may use (default); 1: the caller's thread only; k: at most k, and never more than with 0, but with "
                + "an executor. See \"Threads\" below"),
            new("uint64_t", "flags", "any of the two above; default 0"),
            new(
                "double",
                "max_grad_norm",
                "clipping by global norm: where the norm of all gradients of the step, each divided by its group's grad_scale, is larger than "
                + "this, all are multiplied by max_grad_norm / (norm + 1e-6), as PyTorch's clip_grad_norm_ does. Infinity: the norm is "
                + "reported and nothing is clipped. 0 (default): neither"),
            new("uint64_t", "seed", "the seed of random rounding; 0 by default"),
            new("fastadam_executor", "executor", "what lends the step its threads; NULL (default): the executor of the process"),
            new("void *", "executor_context", "its first argument")),
        new(
            "report",
            "non_finite",
            new("uint32_t", "skipped", "1 where FASTADAM_SKIP_NON_FINITE made it leave everything as it was, else 0. The next step has its number then"),
            new(
                "int64_t",
                "non_finite",
                "infinite gradients and NaN after grad_scale; -1 where neither FASTADAM_SKIP_NON_FINITE nor max_grad_norm made the step look"),
            new("double", "grad_norm", "after grad_scale and before clipping; NaN without max_grad_norm"),
            new(
                "double",
                "update_norm",
                "of what the stored parameters changed by, weight decay included, each difference in single precision; this and the next two "
                + "are NaN without FASTADAM_REPORT_CHANGES and where the step was skipped"),
            new("double", "param_norm", "of the stored parameters after the step"),
            new(
                "double",
                "unchanged_share",
                "of the parameters that the step left to the bit as they were, from 0 to 1; 0 where there are none")),
        new(
            "table",
            "exp_avg_sq_dtype",
            new("int32_t", "group", "its index in the groups"),
            new("int64_t", "step", "the number of this table's step, from 1; 0: that of the call"),
            new("size_t", "rows", "rows of the table"),
            new("size_t", "row_length", "elements in a row"),
            new("size_t", "count", "how many indices there are, at most 2^31 - 1; 0 is valid"),
            new("void *", "param", "p, rows * row_length elements, row after row, as all arrays; updated"),
            new("const void *", "grad", "g, count * row_length elements: a row for each index; only read"),
            new("void *", "exp_avg", "m, rows * row_length elements; zero before step 1; updated"),
            new("void *", "exp_avg_sq", "v, rows * row_length elements; zero before step 1; updated"),
            new(
                "const int64_t *",
                "indices",
                "from 0 to below rows, in any order; where one occurs more than once, its gradients are added first, in the order in which "
                + "they stand, in single precision"),
            new("int32_t", "param_dtype", "FASTADAM_F32, _F16 or _BF16, as the others"),
            new("int32_t", "grad_dtype", ""),
            new("int32_t", "exp_avg_dtype", ""),
            new("int32_t", "exp_avg_sq_dtype", "")),
    ];

    /// <summary>fastadam_tensor.</summary>
    public string CName => $"fastadam_{Name}";

    /// <summary>StepOptions.</summary>
    public string PascalName => string.Concat(Name.Split('_').Select(word => char.ToUpperInvariant(word[0]) + word[1..]));

    /// <summary>All fields.</summary>
    public IEnumerable<NativeField> AllFields =>
        [new("uint32_t", "struct_size", $"sizeof({CName})"), .. Fields];

    /// <summary>Bytes up to the end of the last required part.</summary>
    public int RequiredSize
    {
        get
        {
            int size = 0;
            foreach (NativeField part in AllFields)
            {
                size += part.Size * part.Count;
                if (part.Name == LastRequired)
                {
                    return size;
                }
            }

            throw new InvalidDataException($"{Name} has no field {LastRequired}.");
        }
    }

    /// <summary>The structure as one line: what must be the same on both sides of the C interface.</summary>
    public string Layout =>
        $"{Name} {RequiredSize}: {string.Join(", ", AllFields.Select(part => $"{part.Type} {part.Name}[{part.Count}]"))}";

    /// <summary>Fails where the compiler would put bytes between the fields: they would not be part of a value.</summary>
    public NativeStruct Checked()
    {
        int offset = 0;
        foreach (NativeField part in AllFields)
        {
            if (offset % part.Size != 0)
            {
                throw new InvalidDataException($"{CName}.{part.Name} has bytes without a field before it.");
            }

            offset += part.Size * part.Count;
        }

        return offset % 8 == 0 ? this : throw new InvalidDataException($"{CName} ends with bytes without a part.");
    }
}
