using FastAdam.Kernels;
using Xunit;

namespace FastAdam.Tests.Support;

/// <summary>The kernels of this machine as theory data: an instruction set, and the storage of p, g, m and v as a word each.</summary>
public static class KernelData
{
    public static TheoryData<InstructionSet, string> All
    {
        get
        {
            var data = new TheoryData<InstructionSet, string>();
            foreach (KernelKey key in KernelRegistry.Supported)
            {
                data.Add(key.InstructionSet, $"{key.Parameters} {key.Gradients} {key.ExpAvg} {key.ExpAvgSq}");
            }

            return data;
        }
    }

    public static TheoryData<InstructionSet> InstructionSets => [.. FastAdam.InstructionSets.Supported];

    internal static KernelKey Key(InstructionSet instructionSet, string storage)
    {
        ElementType[] types = [.. storage.Split(' ').Select(Enum.Parse<ElementType>)];
        return new KernelKey(instructionSet, types[0], types[1], types[2], types[3]);
    }
}
