using System.Numerics;
using System.Runtime.CompilerServices;
using FastAdam.Rules;

namespace FastAdam.Kernels;

/// <summary>What tells one kernel from another: an instruction set, a way to compute, and the storage types of its arrays.</summary>
internal readonly struct KernelKey : IEquatable<KernelKey>
{
    /// <summary>The most ways to compute that <see cref="LoopIndex"/> has room for.</summary>
    public const int MostKinds = 32;

    /// <summary>One more than the largest <see cref="LoopIndex"/>.</summary>
    public const int LoopIndexCount = ((int)InstructionSet.Avx512 + 1) * MostKinds << TypesBits;

    private const int TypesBits = 8;

    // No type has this number: it stands for mixtures in which the third or fourth state array is not stored as the others, and before the
    // numbers of what PartedLoops knows.
    private const int OtherMixtures = 3;

    // A bit for each of these roles.
    private const int ParametersAlone = 1 << (int)ArrayRole.Parameters;
    private const int ParametersAndGradients = ParametersAlone | (1 << (int)ArrayRole.Gradients);

    private readonly byte _instructionSet;

    // A bit for each role that has an array.
    private readonly byte _roles;

    /// <param name="instructionSet">The instruction set.</param>
    /// <param name="rule">The way to compute.</param>
    /// <param name="types">The storage types; those of arrays that the step does not keep do not matter.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public KernelKey(InstructionSet instructionSet, RuleKind rule, StorageTypes types)
        : this(instructionSet, rule, types, RuleKinds.StateOf(rule), ParametersAndGradients)
    {
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private KernelKey(InstructionSet instructionSet, RuleKind rule, StorageTypes types, StateArrays state, int others)
    {
        _instructionSet = (byte)instructionSet;
        _roles = (byte)(((int)state << (int)ArrayRole.FirstState) | others);
        Rule = rule;
        Types = types.Of(state);
        bool isOther = (state & (StateArrays.Third | StateArrays.Fourth)) != 0 && !Types.AreUniform(state);
        int place = !Types.ArePlain ? OtherMixtures | (PartedLoops.NumberOf(Types) << 2) : isOther ? OtherMixtures : Types.IndexOfFour;
        LoopIndex = (ushort)((((int)instructionSet * MostKinds) + (int)rule << TypesBits) | place);
    }

    public InstructionSet InstructionSet
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (InstructionSet)_instructionSet;
    }

    public RuleKind Rule { get; }

    /// <summary>The kernel's place among those that have loops, and those that go through tiles because they have none.</summary>
    public ushort LoopIndex { get; }

    public StorageTypes Types { get; }

    /// <summary>The state arrays of a step.</summary>
    public StateArrays State
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => (StateArrays)(_roles >> (int)ArrayRole.FirstState);
    }

    /// <summary>How many arrays there are.</summary>
    public int ArrayCount
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => BitOperations.PopCount(_roles);
    }

    /// <summary>True where all arrays that there are have one storage type.</summary>
    public bool IsUniform
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Types.AreUniform(State);
    }

    /// <summary>Adam's kernel: what most calls need, without a look at what its rule keeps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static KernelKey OfAdam(InstructionSet instructionSet, StorageTypes types) =>
        new(instructionSet, RuleKind.Adam, types, AdamRule<Isa.ScalarVector, Off>.State, ParametersAndGradients);

    /// <summary>The key of what moves parameters towards the rule's first state array or away from it: there are no other arrays. Of
    /// parameters that stay there is not even that one.</summary>
    public static KernelKey OfMix(InstructionSet instructionSet, RuleKind rule, StorageTypes types, bool moves = true) =>
        new(instructionSet, rule, types, moves ? StateArrays.First : StateArrays.None, ParametersAlone);

    /// <summary>The same with another storage type for an array.</summary>
    public KernelKey With(ArrayRole role, ElementType type) =>
        new(InstructionSet, Rule, Types.With(role, type), State, Has(ArrayRole.Gradients) ? ParametersAndGradients : ParametersAlone);

    public static bool operator ==(KernelKey left, KernelKey right) => left.Equals(right);

    public static bool operator !=(KernelKey left, KernelKey right) => !left.Equals(right);

    /// <summary>True where there is an array of that role.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Has(ArrayRole role) => (_roles & (1 << (int)role)) != 0;

    /// <summary>Bytes of an element of that array; 0 where there is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public nuint Size(ArrayRole role) => Has(role) ? (nuint)ElementTypes.Size(Types[role]) : 0;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Equals(KernelKey other) =>
        _instructionSet == other._instructionSet && Rule == other.Rule && _roles == other._roles && Types == other.Types;

    public override bool Equals(object? obj) => obj is KernelKey other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(InstructionSet, Rule, Types);

    public override string ToString()
    {
        KernelKey key = this;
        return string.Join(' ', [$"{InstructionSet}", $"{Rule}", .. Enum.GetValues<ArrayRole>().Where(key.Has).Select(role => $"{key.Types[role]}")]);
    }
}
