namespace FastAdam.Native;

/// <summary>The flags of fastadam.h. A bit has one meaning in all structs, and is unknown to those that it is not for.</summary>
[Flags]
internal enum NativeFlags : uint
{
    DecoupledWeightDecay = 1 << 0,
    Maximize = 1 << 1,
    AmsGrad = 1 << 2,
    PreserveSubnormals = 1 << 3,
    Nesterov = 1 << 4,
    Centered = 1 << 5,
    SkipNonFinite = 1 << 8,
    ReportChanges = 1 << 9,

    OfOptions = DecoupledWeightDecay | Maximize | AmsGrad | PreserveSubnormals,
    OfGroup = OfOptions | Nesterov | Centered,
    OfStepOptions = SkipNonFinite | ReportChanges,
}
