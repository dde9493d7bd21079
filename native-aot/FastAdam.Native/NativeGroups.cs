using FastAdam.Rules;
using FastAdam.Steps;

namespace FastAdam.Native;

/// <summary>A list of fastadam_group, whose layout is that of <see cref="GroupValues"/>.</summary>
internal readonly unsafe struct NativeGroups(void* first, nuint count) : IItems<GroupValues>
{
    /// <summary>Bytes that every caller's has: the size, the rule and the flags.</summary>
    private const int RequiredSize = 16;

    private readonly NativeList _list = new("groups", first, count);

    public int Count => _list.Count;

    /// <summary>Reads a group that came alone.</summary>
    public static GroupValues Single(void* group)
    {
        new NativeGroups(group, 1).Read(0, out GroupValues values);
        return values;
    }

    public void Read(int index, out GroupValues item)
    {
        GroupValues group = default;
        _list.Read(index, RequiredSize, ref group);
        if (group.StructSize < sizeof(GroupValues))
        {
            group = WithDefaults(index, group.Rule);
        }

        group.StructSize = (uint)sizeof(GroupValues);
        item = group;
    }

    /// <summary>Reads a group of an older program: its rule's defaults stand where it has no field.</summary>
    private GroupValues WithDefaults(int index, int rule)
    {
        GroupValues group = (uint)rule < (uint)RuleTable.Rules.Length ? RuleTable.Rules[rule].Defaults() : default;
        _list.Read(index, RequiredSize, ref group);
        return group;
    }
}
