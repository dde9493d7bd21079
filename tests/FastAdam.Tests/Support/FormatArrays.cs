using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Tests.Reference;

namespace FastAdam.Tests.Support;

/// <summary>The arrays of one tensor in any storage formats, and what is beside them, among sentinel bytes.</summary>
internal sealed unsafe class FormatArrays
{
    private const byte Sentinel = 0xa5;
    private const int Margin = 64;
    private static readonly ArrayRole[] _roles = Enum.GetValues<ArrayRole>();

    private readonly byte[][] _arrays;
    private readonly byte[][] _parts;

    private FormatArrays(KernelKey key, int length, byte[][] arrays, byte[][] parts)
    {
        (Key, Length, _arrays, _parts) = (key, length, arrays, parts);
    }

    public KernelKey Key { get; }

    public int Length { get; }

    public static FormatArrays Create(KernelKey key, int length, Random random)
    {
        byte[][] arrays = [.. _roles.Select(role => Buffer(key.Has(role) ? length * Size(key.Types[role]) : 0))];
        byte[][] parts = [.. _roles.Select(role => Buffer(key.Has(role) ? PartSize(key.Types[role], length) : 0))];
        var result = new FormatArrays(key, length, arrays, parts);
        result.Fill(random);
        return result;
    }

    public FormatArrays Copy() => new(Key, Length, [.. _arrays.Select(Pinned)], [.. _parts.Select(Pinned)]);

    /// <summary>Where the arrays are, valid as long as this object is referenced.</summary>
    public UpdateArrays Places()
    {
        var places = new UpdateArrays { Length = (nuint)Length };
        foreach (ArrayRole role in _roles.Where(role => Key.Has(role)))
        {
            places[role] = Address(_arrays[(int)role], 0);
            places.Parts[role] = Address(_parts[(int)role], 0);
        }

        return places;
    }

    /// <summary>The tensor of elements from one index, a multiple of 128, up to another.</summary>
    public OptimizerTensor Tensor(int start, int end, ulong firstElement)
    {
        TensorArray[] all = [.. _roles.Select(role => Key.Has(role)
            ? new TensorArray(
                Address(_arrays[(int)role], start * Size(Key.Types[role])),
                Key.Types[role],
                Address(_parts[(int)role], PartSize(Key.Types[role], start)))
            : default)];
        return OptimizerTensor.Create((nuint)(end - start), all[0], all[1], all.AsSpan(2)) with
        {
            FirstElement = firstElement + (ulong)start,
        };
    }

    /// <summary>Makes the step of the contract on these arrays.</summary>
    public void Step(ParameterGroup group, long step, double[] numbers, ulong seed, uint tensor, ulong firstElement)
    {
        float[] g = Read(ArrayRole.Gradients);
        float[] p = Read(ArrayRole.Parameters);
        float[][] state = [.. _roles[2..].Select(Read)];
        float[] roots = new float[Length];
        float[] first = new float[Length];
        bool hasBlocks = IsBlock8(ArrayRole.FirstState) || IsBlock8(ArrayRole.SecondState);
        bool isScaled = hasBlocks && ContractScaledRules.Has(group.Rule, group.AmsGrad);
        var rule = new ContractRules(group, step, 1, numbers);
        ContractScaledRules? scaled = isScaled ? new ContractScaledRules(group, step, 1, numbers) : null;
        for (int i = 0; i < Length; i++)
        {
            if (scaled is not null)
            {
                (p[i], state[0][i], state[1][i], roots[i]) = scaled.Step(
                    p[i],
                    g[i],
                    state[0][i],
                    state[1][i],
                    IsBlock8(ArrayRole.FirstState) ? ((sbyte)Array(ArrayRole.FirstState)[i], ScaleOf(ArrayRole.FirstState, i)) : null,
                    IsBlock8(ArrayRole.SecondState) ? (Array(ArrayRole.SecondState)[i], ScaleOf(ArrayRole.SecondState, i)) : null);
                continue;
            }

            Element after = rule.Step(new Element(p[i], g[i], state[0][i], state[1][i], state[2][i], state[3][i]));
            (p[i], state[0][i], state[1][i], state[2][i], state[3][i]) = (after.P, after.S0, after.S1, after.S2, after.S3);
        }

        for (int i = 0; i < Length && isScaled && IsBlock8(ArrayRole.FirstState) && IsBlock8(ArrayRole.SecondState); i++)
        {
            // A block without a second moment has no first one, unless that is no number.
            IEnumerable<int> block = Enumerable.Range(i / 128 * 128, Math.Min(128, Length - (i / 128 * 128)));
            bool hasNone = block.All(each => roots[each] < Math.ScaleB(1, -50)) && block.All(each => float.IsFinite(state[0][each]));
            first[i] = hasNone ? 0 : state[0][i];
        }

        for (int i = 0; i < state.Length; i++)
        {
            ArrayRole role = _roles[2 + i];
            bool takesRoots = isScaled && role == ArrayRole.SecondState && IsBlock8(role);
            bool takesFirst = isScaled && i == 0 && IsBlock8(role) && IsBlock8(ArrayRole.SecondState);
            Write(role, takesRoots ? roots : takesFirst ? first : state[i], takesRoots, seed, step, tensor, firstElement);
        }

        Write(ArrayRole.Parameters, p, false, seed, step, tensor, firstElement);
    }

    /// <summary>The numbers of an array; zeros where there is none.</summary>
    public float[] Read(ArrayRole role)
    {
        float[] numbers = new float[Length];
        if (!Key.Has(role))
        {
            return numbers;
        }

        ElementType type = Key.Types[role];
        if (type == ElementType.Block8)
        {
            return ContractFormats.DecodeBlock8(Array(role), Scales(role), IsSigned(role));
        }

        for (int i = 0; i < Length; i++)
        {
            numbers[i] = type switch
            {
                ElementType.Split16 => ContractFormats.Join(
                    MemoryMarshal.Cast<byte, ushort>(Array(role))[i], MemoryMarshal.Cast<byte, short>(Part(role))[i]),
                ElementType.Split8 => ContractFormats.Join(
                    MemoryMarshal.Cast<byte, ushort>(Array(role))[i], (sbyte)Part(role)[i] << 8),
                _ => Storage.Read(Array(role), Plain(type), i),
            };
        }

        return numbers;
    }

    /// <summary>What is not as expected, or null.</summary>
    public string? DifferenceFrom(FormatArrays expected)
    {
        foreach (ArrayRole role in _roles.Where(role => Key.Has(role)))
        {
            ElementType type = Key.Types[role];
            for (int i = 0; i < Length; i++)
            {
                if (type == ElementType.Block8)
                {
                    float scale = ScaleOf(role, i);
                    float wanted = expected.ScaleOf(role, i);
                    if (BitConverter.SingleToUInt32Bits(scale) != BitConverter.SingleToUInt32Bits(wanted))
                    {
                        return $"the scale of {role}[{i}] is {scale:r} instead of {wanted:r}";
                    }

                    if (Array(role)[i] != expected.Array(role)[i])
                    {
                        return $"{role}[{i}] is {Array(role)[i]} instead of {expected.Array(role)[i]}, scale {scale:r}";
                    }
                }
                else
                {
                    uint actual = Storage.ReadBits(Array(role), Plain(type), i);
                    uint wanted = Storage.ReadBits(expected.Array(role), Plain(type), i);
                    if (!Storage.Same(Plain(type), actual, wanted))
                    {
                        return $"{role}[{i}] is 0x{actual:x} instead of 0x{wanted:x} ({type})";
                    }
                }
            }

            int partSize = PartSize(type, 1);
            for (int i = 0; type != ElementType.Block8 && partSize != 0 && i < Length; i++)
            {
                uint actual = partSize == 1 ? Part(role)[i] : MemoryMarshal.Cast<byte, ushort>(Part(role))[i];
                uint wanted = partSize == 1 ? expected.Part(role)[i] : MemoryMarshal.Cast<byte, ushort>(expected.Part(role))[i];
                ElementType? copy = type switch
                {
                    ElementType.Float32WithFloat16 => ElementType.Float16,
                    ElementType.Float32WithBFloat16 => ElementType.BFloat16,
                    _ => null,
                };
                if (copy is null ? actual != wanted : !Storage.Same(copy.Value, actual, wanted))
                {
                    return $"beside {role}[{i}] is 0x{actual:x} instead of 0x{wanted:x} ({type})";
                }
            }

            if (HasLostSentinel(_arrays[(int)role], Array(role).Length) || HasLostSentinel(_parts[(int)role], Part(role).Length))
            {
                return $"a byte around {role} was written";
            }
        }

        return null;
    }

    private static ElementType Plain(ElementType type) => type switch
    {
        ElementType.Float32WithBFloat16 or ElementType.Float32WithFloat16 => ElementType.Float32,
        ElementType.StochasticBFloat16 or ElementType.Split16 or ElementType.Split8 => ElementType.BFloat16,
        ElementType.StochasticFloat16 => ElementType.Float16,
        _ => type,
    };

    private static int Size(ElementType type) => type == ElementType.Block8 ? 1 : Storage.Size(Plain(type));

    private static int PartSize(ElementType type, int length) => type switch
    {
        ElementType.Block8 => sizeof(float) * ((length + 127) / 128),
        ElementType.Split16 or ElementType.Float32WithBFloat16 or ElementType.Float32WithFloat16 => 2 * length,
        ElementType.Split8 => length,
        _ => 0,
    };

    private static byte[] Buffer(int bytes)
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(bytes + (2 * Margin), pinned: true);
        buffer.AsSpan().Fill(Sentinel);
        return buffer;
    }

    private static byte[] Pinned(byte[] buffer)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(buffer.Length, pinned: true);
        buffer.CopyTo(copy.AsSpan());
        return copy;
    }

    private static byte* Address(byte[] buffer, int offset) => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(buffer, Margin + offset);

    private static bool HasLostSentinel(byte[] buffer, int bytes) =>
        buffer.AsSpan(0, Margin).ContainsAnyExcept(Sentinel) || buffer.AsSpan(Margin + bytes).ContainsAnyExcept(Sentinel);

    private bool IsBlock8(ArrayRole role) => Key.Has(role) && Key.Types[role] == ElementType.Block8;

    private bool IsSigned(ArrayRole role) => !(RuleFacts.Of(Key.Rule).StateOf(role)?.IsNeverNegative ?? false);

    private Span<byte> Array(ArrayRole role) => _arrays[(int)role].AsSpan(Margin, Key.Has(role) ? Length * Size(Key.Types[role]) : 0);

    private Span<byte> Part(ArrayRole role) => _parts[(int)role].AsSpan(Margin, Key.Has(role) ? PartSize(Key.Types[role], Length) : 0);

    private Span<float> Scales(ArrayRole role) => MemoryMarshal.Cast<byte, float>(Part(role));

    private float ScaleOf(ArrayRole role, int element) => Scales(role)[element / 128];

    private void Fill(Random random)
    {
        foreach (ArrayRole role in _roles.Where(role => Key.Has(role)))
        {
            ElementType type = Key.Types[role];
            Func<float> numbers = TestNumbers.Source(random);
            bool isNeverNegative = !IsSigned(role);
            if (type == ElementType.Block8)
            {
                random.NextBytes(Array(role));
                foreach (ref float scale in Scales(role))
                {
                    scale = random.Next(12) switch
                    {
                        0 => 0,
                        1 => random.Next(4) == 0 ? float.NaN : 1e-25f,
                        _ => (float)Math.Pow(10, (random.NextDouble() * 10) - 8),
                    };
                }

                continue;
            }

            for (int i = 0; i < Length; i++)
            {
                float number = numbers();
                Storage.Write(Array(role), Plain(type), i, isNeverNegative ? MathF.Abs(number) : number);
            }

            if (type is ElementType.Split16 or ElementType.Split8)
            {
                for (int i = 0; i < Length; i++)
                {
                    (ushort upper, int lower) = ContractFormats.Divide(numbers(), type == ElementType.Split16 ? 16 : 8);
                    MemoryMarshal.Cast<byte, ushort>(Array(role))[i] = upper;
                    if (type == ElementType.Split16)
                    {
                        MemoryMarshal.Cast<byte, short>(Part(role))[i] = (short)lower;
                    }
                    else
                    {
                        Part(role)[i] = (byte)(lower >> 8);
                    }
                }
            }
        }
    }

    private void Write(ArrayRole role, float[] numbers, bool areRoots, ulong seed, long step, uint tensor, ulong firstElement)
    {
        if (!Key.Has(role))
        {
            return;
        }

        ElementType type = Key.Types[role];
        if (type == ElementType.Block8)
        {
            bool isSigned = IsSigned(role);
            float[] stored = areRoots || isSigned ? numbers : [.. numbers.Select(MathF.Sqrt)];
            ContractFormats.EncodeBlock8(stored, !isSigned, Array(role), Scales(role));
            return;
        }

        uint array = role == ArrayRole.Parameters ? 0u : (uint)role - 1;
        for (int i = 0; i < Length; i++)
        {
            uint Word() => ContractFormats.Word(seed, (ulong)step, tensor, array, firstElement + (ulong)i);
            switch (type)
            {
                case ElementType.StochasticBFloat16:
                    MemoryMarshal.Cast<byte, ushort>(Array(role))[i] = ContractFormats.StochasticBFloat16(numbers[i], Word());
                    break;
                case ElementType.StochasticFloat16:
                    MemoryMarshal.Cast<byte, Half>(Array(role))[i] = ContractFormats.StochasticFloat16(numbers[i], Word());
                    break;
                case ElementType.Split16 or ElementType.Split8:
                    (ushort upper, int lower) = ContractFormats.Divide(numbers[i], type == ElementType.Split16 ? 16 : 8);
                    MemoryMarshal.Cast<byte, ushort>(Array(role))[i] = upper;
                    if (type == ElementType.Split16)
                    {
                        MemoryMarshal.Cast<byte, short>(Part(role))[i] = (short)lower;
                    }
                    else
                    {
                        Part(role)[i] = (byte)(lower >> 8);
                    }

                    break;
                default:
                    Storage.Write(Array(role), Plain(type), i, numbers[i]);
                    if (Part(role).Length != 0)
                    {
                        ElementType copy = type == ElementType.Float32WithFloat16 ? ElementType.Float16 : ElementType.BFloat16;
                        Storage.Write(Part(role), copy, i, numbers[i]);
                    }

                    break;
            }
        }
    }
}
