using FastAdam.Codecs;
using FastAdam.Isa;
using FastAdam.Kernels;

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
    And,
    Or,
    Xor,
    AndConstant,
    OrConstant,
    AddBits,
    AddBitsConstant,
    ShiftLeft1,
    ShiftLeft13,
    ShiftLeft16,
    ShiftRightLogical1,
    ShiftRightLogical13,
    ShiftRightLogical16,
    SelectIfLess,
    SelectIfLessBits,
    SelectIfNaN,
}

/// <summary>One instruction set with its type erased: runs single operations and codecs on arrays of lanes.</summary>
internal abstract unsafe class LaneMachine
{
    public const uint Constant = 0x8123_4567;

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

    /// <summary>Copies elements through a register, whole or partial.</summary>
    public abstract void Copy(byte* source, byte* destination, int elementSize, int count, bool partial);

    public abstract void LoadPartial(byte* source, int elementSize, int count, uint* lanes);

    public abstract void Widen(ElementType type, ushort* source, float* destination, int count);

    public abstract void Narrow(ElementType type, float* source, ushort* destination, int count);
}

/// <inheritdoc/>
internal sealed unsafe class LaneMachine<V> : LaneMachine
    where V : unmanaged, IVector<V>
{
    public override int Count => V.Count;

    public override void Apply(VectorOperation operation, uint* a, uint* b, uint* c, uint* result)
    {
        V x = V.Load32((byte*)a);
        V y = V.Load32((byte*)b);
        V z = V.Load32((byte*)c);
        V value = operation switch
        {
            VectorOperation.Add => x + y,
            VectorOperation.Subtract => x - y,
            VectorOperation.Multiply => x * y,
            VectorOperation.Divide => x / y,
            VectorOperation.Sqrt => V.Sqrt(x),
            VectorOperation.MultiplyAdd => V.MultiplyAdd(x, y, z),
            VectorOperation.And => x & y,
            VectorOperation.Or => x | y,
            VectorOperation.Xor => x ^ y,
            VectorOperation.AndConstant => x & Constant,
            VectorOperation.OrConstant => x | Constant,
            VectorOperation.AddBits => V.AddBits(x, y),
            VectorOperation.AddBitsConstant => V.AddBits(x, Constant),
            VectorOperation.ShiftLeft1 => V.ShiftLeft(x, 1),
            VectorOperation.ShiftLeft13 => V.ShiftLeft(x, 13),
            VectorOperation.ShiftLeft16 => V.ShiftLeft(x, 16),
            VectorOperation.ShiftRightLogical1 => V.ShiftRightLogical(x, 1),
            VectorOperation.ShiftRightLogical13 => V.ShiftRightLogical(x, 13),
            VectorOperation.ShiftRightLogical16 => V.ShiftRightLogical(x, 16),
            VectorOperation.SelectIfLess => V.SelectIfLess(x, y, z, V.BroadcastBits(Constant)),
            VectorOperation.SelectIfLessBits => V.SelectIfLessBits(x, 0x0080_0000, y, z),
            VectorOperation.SelectIfNaN => V.SelectIfNaN(x, y, z),
            _ => throw new ArgumentOutOfRangeException(nameof(operation)),
        };
        V.Store32((byte*)result, value);
    }

    public override void Copy(byte* source, byte* destination, int elementSize, int count, bool partial)
    {
        switch (elementSize, partial)
        {
            case (4, false):
                V.Store32(destination, V.Load32(source));
                break;
            case (4, true):
                V.StorePartial32(destination, V.LoadPartial32(source, count), count);
                break;
            case (2, false):
                V.Store16(destination, V.Load16(source));
                break;
            case (2, true):
                V.StorePartial16(destination, V.LoadPartial16(source, count), count);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(elementSize));
        }
    }

    public override void LoadPartial(byte* source, int elementSize, int count, uint* lanes) => V.Store32(
        (byte*)lanes, elementSize == 4 ? V.LoadPartial32(source, count) : V.LoadPartial16(source, count));

    public override void Widen(ElementType type, ushort* source, float* destination, int count)
    {
        for (int i = 0; i < count; i += V.Count)
        {
            byte* from = (byte*)(source + i);
            V value = type == ElementType.Float16 ? Float16Codec.Load<V>(from) : BFloat16Codec.Load<V>(from);
            V.Store32((byte*)(destination + i), value);
        }
    }

    public override void Narrow(ElementType type, float* source, ushort* destination, int count)
    {
        for (int i = 0; i < count; i += V.Count)
        {
            V value = V.Load32((byte*)(source + i));
            if (type == ElementType.Float16)
            {
                Float16Codec.Store((byte*)(destination + i), value);
            }
            else
            {
                BFloat16Codec.Store((byte*)(destination + i), value);
            }
        }
    }
}
