using System.Runtime.InteropServices;
using FastAdam.Kernels;
using FastAdam.Rules;

namespace FastAdam.Tests.Support;

/// <summary>The memory of a <see cref="ListCase"/>: valid as long as this object is referenced.</summary>
internal sealed unsafe class ListArrays
{
    /// <summary>The most numbers that a rule keeps for a tensor.</summary>
    public const int MostNumbers = FastAdam.Rules.TensorNumbers.Capacity;

    private static readonly ArrayRole[] _roles = Enum.GetValues<ArrayRole>();

    private readonly ListCase _case;
    private readonly TestArrays[] _arrays;

    private ListArrays(ListCase list, KernelKey[] keys, TestArrays[] arrays, double[] numbers)
    {
        (_case, Keys, _arrays) = (list, keys, arrays);
        TensorNumbers = GC.AllocateArray<double>(numbers.Length, pinned: true);
        numbers.CopyTo(TensorNumbers.AsSpan());
    }

    /// <summary>For each tensor its kernel.</summary>
    public KernelKey[] Keys { get; }

    public ParameterGroup[] Groups => [.. _case.Groups.Select(group => group.Value)];

    /// <summary>For each tensor <see cref="MostNumbers"/>, the first ones of which are its rule's.</summary>
    public double[] TensorNumbers { get; }

    public TestArrays this[int tensor] => _arrays[tensor];

    public static ListArrays Create(ListCase list, InstructionSet instructionSet)
    {
        var random = new Random(list.Seed);
        KernelKey[] keys =
        [
            .. list.Tensors.Select(tensor => tensor.Key(instructionSet, Enum.Parse<RuleKind>(list.Groups[tensor.Group].Rule))),
        ];
        TestArrays[] arrays = [.. list.Tensors.Zip(keys, (tensor, key) => Filled(tensor, key, list.NonFinite < 0, random))];
        TestArrays[] notEmpty = [.. arrays.Where(array => array.Length != 0)];
        for (int i = 0; i < list.NonFinite && notEmpty.Length != 0; i++)
        {
            TestArrays chosen = random.GetItems(notEmpty, 1)[0];
            float special = random.GetItems([float.NaN, float.PositiveInfinity, float.NegativeInfinity], 1)[0];
            KernelKey key = keys[Array.IndexOf(arrays, chosen)];
            Storage.Write(chosen.Array(ArrayRole.Gradients), key.Types[ArrayRole.Gradients], random.Next(chosen.Length), special);
        }

        // Valid for whatever rule a test makes of it.
        double[] unused = new double[MostNumbers];
        double[] numbers =
        [
            .. keys.SelectMany(key => RuleFacts.Of(key.Rule).DrawNumbers(random).Concat(unused).Take(MostNumbers)),
        ];
        return new ListArrays(list, keys, arrays, numbers);
    }

    public ListArrays Copy() => new(_case, Keys, [.. _arrays.Select(arrays => arrays.CopyAligned())], TensorNumbers);

    /// <summary>The tensors as the public API takes them. Arrays that a rule does not keep are where nothing is.</summary>
    public OptimizerTensor[] Tensors() => [.. _case.Tensors.Select((_, i) => Tensor(i, _arrays[i].Places()))];

    /// <summary>One of the tensors, with arrays in other places.</summary>
    public OptimizerTensor Tensor(int index, UpdateArrays places)
    {
        KernelKey key = Keys[index];
        TensorArray[] all = [.. _roles.Select(role => ArrayOf(key, places, role))];
        return OptimizerTensor.Create(places.Length, all[0], all[1], all.AsSpan(2)) with
        {
            Group = _case.Tensors[index].Group,
            Step = _case.Tensors[index].Step,
            Numbers = (double*)Marshal.UnsafeAddrOfPinnedArrayElement(TensorNumbers, index * MostNumbers),
        };
    }

    /// <summary>The numbers that the tensor's rule keeps for it.</summary>
    public Span<double> NumbersOf(int tensor) =>
        TensorNumbers.AsSpan(tensor * MostNumbers, RuleFacts.Of(Keys[tensor].Rule).Numbers.Length);

    /// <summary>Elements of that array of every tensor, as numbers.</summary>
    public IEnumerable<float[]> Numbers(ArrayRole role) => _arrays.Select((arrays, tensor) => Enumerable.Range(0, arrays.Length)
        .Select(i => Storage.Read(arrays.Array(role), Keys[tensor].Types[role], i)).ToArray());

    /// <summary>What is not as expected, or null: NaN counts as NaN.</summary>
    public string? DifferenceFrom(ListArrays expected) => _arrays
        .Select((arrays, i) => arrays.DifferenceFrom(expected[i]) is string difference ? $"tensors[{i}] ({Keys[i]}): {difference}" : null)
        .FirstOrDefault(difference => difference is not null);

    /// <summary>Whether no byte has changed.</summary>
    public bool HasBytesOf(ListArrays other) =>
        MemoryMarshal.AsBytes(TensorNumbers.AsSpan()).SequenceEqual(MemoryMarshal.AsBytes(other.TensorNumbers.AsSpan()))
        && _arrays.Index().All(each => _roles.All(role => each.Item.Array(role).SequenceEqual(other[each.Index].Array(role))));

    private static TensorArray ArrayOf(in KernelKey key, in UpdateArrays places, ArrayRole role) =>
        key.Has(role) ? new TensorArray(places[role], key.Types[role]) : new TensorArray((void*)64, ElementType.Float32);

    private static TestArrays Filled(TensorCase tensor, KernelKey key, bool hasAllKinds, Random random)
    {
        int[] offsets =
            [tensor.Offset, (tensor.Offset * 3) % 64, 63 - tensor.Offset, (tensor.Offset + 17) % 64, 0, (tensor.Offset * 5) % 64];
        var arrays = TestArrays.Create(key, tensor.Length, offsets);
        arrays.Fill(key, random);
        for (int i = 0; i < tensor.Length && !hasAllKinds; i++)
        {
            float number = (float)((random.NextDouble() - 0.5) * RandomGroup.Magnitude(random, -6, 1));
            Storage.Write(arrays.Array(ArrayRole.Gradients), key.Types[ArrayRole.Gradients], i, number);
        }

        return arrays;
    }
}
