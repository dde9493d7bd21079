using System.Runtime.CompilerServices;
using FastAdam.Checks;
using FastAdam.Kernels;
using FastAdam.Rules;
using FastAdam.Steps;

namespace FastAdam.Native;

/// <summary>fastadam_adam_f32 and its like.</summary>
internal static unsafe class AdamCall
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Run(
        ElementType type, void* param, void* grad, void* expAvg, void* expAvgSq, nuint n, GroupValues* group, long step, int threads)
    {
        if (group == null)
        {
            throw Faults.Null(nameof(group));
        }

        // Most calls have the group of the call before: it is compared where it is.
        AdamConstants constants = AdamConstants.OfThread;
        if (group->StructSize != sizeof(GroupValues) || !GroupValues.AreSame(*group, constants.Group))
        {
            SetGroup(constants, group);
        }

        var arrays = new UpdateArrays
        {
            Parameters = (byte*)param,
            Gradients = (byte*)grad,
            FirstState = (byte*)expAvg,
            SecondState = (byte*)expAvgSq,
            Length = n,
        };
        AdamStep.Run(Level.InstructionSet, StorageTypes.All(type), arrays, constants.At(step), threads);
    }

    // Inlined, its copy of a group would be zeroed in every call.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void SetGroup(AdamConstants constants, GroupValues* group) => constants.SetGroup(NativeGroups.Single(group));
}
