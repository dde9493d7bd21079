using System.Numerics;
using System.Runtime.InteropServices;

namespace FastAdam.Tests.Contracts;

/// <summary>A checksum of 64 bits over words, after FNV-1a: each word is xored in, and the sum is rotated and multiplied. Every
/// step is a bijection, so one word that differs always changes the sum. All NaN of a type count as one.</summary>
internal struct Checksum
{
    private const ulong Prime = 0x100_0000_01b3;

    public Checksum()
    {
    }

    public ulong Value { get; private set; } = 0xcbf2_9ce4_8422_2325;

    public void Add(ulong word) => Value = BitOperations.RotateLeft(Value ^ word, 29) * Prime;

    public void Add(string text)
    {
        foreach (char character in text)
        {
            Add(character);
        }
    }

    public void Add(double number) => Add(double.IsNaN(number) ? 0x7ff8_0000_0000_0000 : BitConverter.DoubleToUInt64Bits(number));

    public void Add(double? number)
    {
        Add(number is null ? 0u : 1);
        Add(number ?? 0);
    }

    public void Add(ContractReport report)
    {
        Add(report.IsSkipped ? 1u : 0);
        Add(report.NonFinite is long count ? (ulong)count : ulong.MaxValue);
        Add(report.GradNorm);
        Add(report.UpdateNorm);
        Add(report.ParamNorm);
        Add(report.UnchangedShare);
    }

    /// <summary>Adds the first elements of an array.</summary>
    public void Add(ContractArray array, int length)
    {
        if (array.Type == 'f')
        {
            Add(MemoryMarshal.Cast<byte, uint>(array.Memory)[..length]);
        }
        else
        {
            Add(MemoryMarshal.Cast<byte, ushort>(array.Memory)[..length], array.Type == 'h' ? 0x7c00u : 0x7f80);
        }
    }

    private void Add(ReadOnlySpan<uint> elements)
    {
        Checksum sum = this;
        foreach (uint bits in elements)
        {
            sum.Add((bits & 0x7fff_ffff) > 0x7f80_0000 ? 0x7fc0_0000 : bits);
        }

        this = sum;
    }

    private void Add(ReadOnlySpan<ushort> elements, uint infinity)
    {
        Checksum sum = this;
        foreach (ushort bits in elements)
        {
            sum.Add((bits & 0x7fffu) > infinity ? 0x7fff : bits);
        }

        this = sum;
    }
}
