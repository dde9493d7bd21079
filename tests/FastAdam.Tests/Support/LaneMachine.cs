using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>The operations of <see cref="IVector{TSelf}"/> that calculate.</summary>
public enum VectorOperation
{
    Add,
    Subtract,
    Multiply,
    Divide,
    Sqrt,
    MultiplyAdd,
    MultiplyAddNegated,
    MultiplyConstant,
    MultiplyAddConstants,
    Min,
    Max,
    And,
    Or,
    Xor,
    AndConstant,
    OrConstant,
    AndOr,
    AndOrConstants,
    AndSignalling,
    OrSignalling,
    AndOrSignalling,
    ShiftLeft1,
    ShiftLeft13,
    ShiftLeft16,
    ShiftRightLogical1,
    ShiftRightLogical13,
    ShiftRightLogical16,
    AndIfSubnormal,
    SelectIfNaN,
    AddWords,
    AddWordsConstant,
    SubtractSaturateWords,
    ShiftLeftWords3,
    IncrementWordsIfAbove,
    UpperWords,
    LowerWords,
    AddBits,
    MaxBits,
}

/// <summary>One instruction set with its type erased: runs single operations and codecs on arrays of lanes.</summary>
internal abstract unsafe class LaneMachine
{
    public const uint Constant = 0x8123_4567;

    /// <summary>As a number a signalling NaN, which must not become a quiet one on its way through a compiler.</summary>
    public const uint Signalling = 0x7f80_7f80;

    public const float FloatConstant = 1.1f;

    public const ushort WordConstant = 0x8000;

    public abstract int Count { get; }

    public static LaneMachine Of(InstructionSet instructionSet) => instructionSet switch
    {
        InstructionSet.Scalar => new LaneMachine<ScalarVector>(),
        InstructionSet.Neon => new LaneMachine<NeonVector>(),
        InstructionSet.Avx2 => new LaneMachine<Avx2Vector>(),
        InstructionSet.Avx512 => new LaneMachine<Avx512Vector>(),
        _ => throw new ArgumentOutOfRangeException(nameof(instructionSet)),
    };

    /// <summary>Applies an operation to one vector's worth of lanes.</summary>
    public abstract void Apply(VectorOperation operation, uint* a, uint* b, uint* c, uint* result);

    /// <summary>Divides one vector's worth of square roots by one number.</summary>
    public abstract void DivideByConstant(float divisor, float* roots, float* quotients);

    /// <summary>Square roots of <paramref name="count"/> numbers, a multiple of a vector.</summary>
    public abstract void Sqrt(float* numbers, float* roots, int count);

    public abstract bool AnyNaN(uint* a, uint* b);

    public abstract bool AnyNaNOrSubnormal(uint* a, uint* b);

    public abstract bool AnyWordAbove(uint* a, ushort bound);

    /// <summary>Interleaves a register's words, and undoes it.</summary>
    public abstract void Interleave(ushort* words, ushort* interleaved, ushort* deinterleaved);

    /// <summary>Zips the words of two registers, and undoes it.</summary>
    public abstract void Zip(ushort* lower, ushort* upper, uint* zipped, ushort* unzipped);

    public abstract uint HighestBits(uint* a);

    /// <summary>Integers of 8 bits to numbers.</summary>
    public abstract void LoadBytes(byte* source, bool isSigned, float* lanes);

    /// <summary>The lowest or the second bytes of two registers' lanes.</summary>
    public abstract void StoreBytes(uint* lanes, bool isSecond, byte* destination);

    public abstract void MakeRandomWords(in RandomStream stream, ulong element, uint* words);

    /// <summary>Copies elements through a register, whole or partial.</summary>
    public abstract void Copy(byte* source, byte* destination, int elementSize, int count, bool partial);

    public abstract void LoadPartial(byte* source, int elementSize, int count, uint* lanes);

    /// <summary>16-bit elements, a multiple of a block, to single precision.</summary>
    public abstract void Widen(ElementType type, bool inOrder, ushort* source, float* destination, int count);

    /// <summary>And back: all in the way for any numbers, or blocks for which there is a shorter way in that.</summary>
    public abstract void Narrow(ElementType type, bool inOrder, bool any, float* source, ushort* destination, int count);
}

/// <inheritdoc/>
internal sealed unsafe class LaneMachine<V> : LaneMachine
    where V : unmanaged, IVector<V>
{
    public override int Count => V.Count;

    public override void Apply(VectorOperation operation, uint* a, uint* b, uint* c, uint* result)
    {
        V x = V.Load((byte*)a);
        V y = V.Load((byte*)b);
        V z = V.Load((byte*)c);
        V value = operation switch
        {
            VectorOperation.Add => x + y,
            VectorOperation.Subtract => x - y,
            VectorOperation.Multiply => x * y,
            VectorOperation.Divide => x / y,
            VectorOperation.Sqrt => V.Sqrt(x),
            VectorOperation.MultiplyAdd => V.MultiplyAdd(x, y, z),
            VectorOperation.MultiplyAddNegated => V.MultiplyAddNegated(x, y, z),
            VectorOperation.MultiplyConstant => x * FloatConstant,
            VectorOperation.MultiplyAddConstants => V.MultiplyAdd(x, FloatConstant, -FloatConstant),
            VectorOperation.Min => V.Min(x, y),
            VectorOperation.Max => V.Max(x, y),
            VectorOperation.And => x & y,
            VectorOperation.Or => x | y,
            VectorOperation.Xor => x ^ y,
            VectorOperation.AndConstant => x & Constant,
            VectorOperation.OrConstant => x | Constant,
            VectorOperation.AndSignalling => x & Signalling,
            VectorOperation.OrSignalling => x | Signalling,
            VectorOperation.AndOrSignalling => V.AndOr(x, Signalling, y),
            VectorOperation.AndOr => V.AndOr(x, Constant, y),
            VectorOperation.AndOrConstants => V.AndOr(x, Signalling, Constant),
            VectorOperation.ShiftLeft1 => V.ShiftLeft(x, 1),
            VectorOperation.ShiftLeft13 => V.ShiftLeft(x, 13),
            VectorOperation.ShiftLeft16 => V.ShiftLeft(x, 16),
            VectorOperation.ShiftRightLogical1 => V.ShiftRightLogical(x, 1),
            VectorOperation.ShiftRightLogical13 => V.ShiftRightLogical(x, 13),
            VectorOperation.ShiftRightLogical16 => V.ShiftRightLogical(x, 16),
            VectorOperation.AndIfSubnormal => V.AndIfSubnormal(x, V.BroadcastBits(Constant)),
            VectorOperation.SelectIfNaN => V.SelectIfNaN(x, y, z),
            VectorOperation.AddWords => V.AddWords(x, y),
            VectorOperation.AddWordsConstant => V.AddWords(x, WordConstant),
            VectorOperation.SubtractSaturateWords => V.SubtractSaturateWords(x, WordConstant),
            VectorOperation.ShiftLeftWords3 => V.ShiftLeftWords(x, 3),
            VectorOperation.IncrementWordsIfAbove => V.IncrementWordsIfAbove(x, y, WordConstant),
            VectorOperation.UpperWords => V.UpperWords(x, y),
            VectorOperation.LowerWords => V.LowerWords(x, y),
            VectorOperation.AddBits => V.AddBits(x, y),
            VectorOperation.MaxBits => V.MaxBits(x, y),
            _ => throw new ArgumentOutOfRangeException(nameof(operation)),
        };
        V.Store((byte*)result, value);
    }

    public override void DivideByConstant(float divisor, float* roots, float* quotients) =>
        V.Store((byte*)quotients, new ConstantDivisor<V>(divisor).Divide(V.Load((byte*)roots)));

    public override void Sqrt(float* numbers, float* roots, int count)
    {
        for (int i = 0; i < count; i += V.Count)
        {
            V.Store((byte*)(roots + i), V.Sqrt(V.Load((byte*)(numbers + i))));
        }
    }

    public override bool AnyNaN(uint* a, uint* b) => V.AnyNaN(V.Load((byte*)a), V.Load((byte*)b));

    public override bool AnyNaNOrSubnormal(uint* a, uint* b) => V.AnyNaNOrSubnormal(V.Load((byte*)a), V.Load((byte*)b));

    public override bool AnyWordAbove(uint* a, ushort bound) => V.AnyWordAbove(V.Load((byte*)a), bound);

    public override void Interleave(ushort* words, ushort* interleaved, ushort* deinterleaved)
    {
        V value = V.Load((byte*)words);
        V.Store((byte*)interleaved, V.InterleaveWords(value));
        V.Store((byte*)deinterleaved, V.DeinterleaveWords(value));
    }

    public override void Zip(ushort* lower, ushort* upper, uint* zipped, ushort* unzipped)
    {
        V.ZipWords(V.Load((byte*)lower), V.Load((byte*)upper), out V first, out V second);
        V.Store((byte*)zipped, first);
        V.Store((byte*)(zipped + V.Count), second);
        V.UnzipWords(first, second, out V low, out V high);
        V.Store((byte*)unzipped, low);
        V.Store((byte*)(unzipped + (2 * V.Count)), high);
    }

    public override uint HighestBits(uint* a) => V.HighestBits(V.Load((byte*)a));

    public override void LoadBytes(byte* source, bool isSigned, float* lanes) =>
        V.Store((byte*)lanes, isSigned ? V.LoadSignedBytes(source) : V.LoadUnsignedBytes(source));

    public override void StoreBytes(uint* lanes, bool isSecond, byte* destination)
    {
        V first = V.Load((byte*)lanes);
        V second = V.Load((byte*)(lanes + V.Count));
        if (isSecond)
        {
            V.StoreSecondBytes(destination, first, second);
        }
        else
        {
            V.StoreLowestBytes(destination, first, second);
        }
    }

    public override void MakeRandomWords(in RandomStream stream, ulong element, uint* words) =>
        V.MakeRandomWords(stream, element, words);

    public override void Copy(byte* source, byte* destination, int elementSize, int count, bool partial)
    {
        switch (elementSize, partial)
        {
            case (4, true):
                V.StorePartial(destination, V.LoadPartial(source, count), count);
                break;
            case (2, true):
                V.StorePartialWords(destination, V.LoadPartialWords(source, count), count);
                break;
            default:
                V.Store(destination, V.Load(source));
                break;
        }
    }

    public override void LoadPartial(byte* source, int elementSize, int count, uint* lanes) => V.Store(
        (byte*)lanes, elementSize == 4 ? V.LoadPartial(source, count) : V.LoadPartialWords(source, count));

    public override void Widen(ElementType type, bool inOrder, ushort* source, float* destination, int count)
    {
        if (type == ElementType.Float16)
        {
            Widen<Float16Codec>(inOrder, source, destination, count);
        }
        else
        {
            Widen<BFloat16Codec>(inOrder, source, destination, count);
        }
    }

    public override void Narrow(ElementType type, bool inOrder, bool any, float* source, ushort* destination, int count)
    {
        if (type == ElementType.Float16)
        {
            Narrow<Float16Codec>(inOrder, any, source, destination, count);
        }
        else
        {
            Narrow<BFloat16Codec>(inOrder, any, source, destination, count);
        }
    }

    private static void Widen<C>(bool inOrder, ushort* source, float* destination, int count)
        where C : ICodec
    {
        for (int i = 0; i < count; i += 2 * V.Count)
        {
            C.Load((byte*)(source + i), inOrder, out V first, out V second);
            for (int lane = 0; lane < V.Count; lane++)
            {
                destination[i + Element(inOrder, lane)] = ((float*)&first)[lane];
                destination[i + Element(inOrder, lane) + Distance(inOrder)] = ((float*)&second)[lane];
            }
        }
    }

    private static void Narrow<C>(bool inOrder, bool any, float* source, ushort* destination, int count)
        where C : ICodec
    {
        for (int i = 0; i < count; i += 2 * V.Count)
        {
            V first = default;
            V second = default;
            for (int lane = 0; lane < V.Count; lane++)
            {
                ((float*)&first)[lane] = source[i + Element(inOrder, lane)];
                ((float*)&second)[lane] = source[i + Element(inOrder, lane) + Distance(inOrder)];
            }

            if (any || !C.TryNarrow(first, second, out V low, out V high))
            {
                C.NarrowAny(first, second, out low, out high);
            }

            C.Store((byte*)(destination + i), inOrder, low, high);
        }
    }

    /// <summary>The element of a block that a lane of its first register holds.</summary>
    private static int Element(bool inOrder, int lane) => inOrder ? lane : 2 * lane;

    /// <summary>How much further that of the second register is.</summary>
    private static int Distance(bool inOrder) => inOrder ? V.Count : 1;
}
