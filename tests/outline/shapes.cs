using System;
namespace Shapes.Plane;

public delegate double Measure(Shape shape);

public enum Colour { Red, Green }

public interface IArea
{
    double Area();
}

[Serializable]
public abstract partial class Shape<T> : IArea where T : struct
{
    public const int Sides = 4;
    private readonly T _side, _other;

    protected Shape(T side) => _side = side;

    public string Name { get; init; } = "shape";

    public abstract double Area();

    public static double Double(IArea shape)
    {
        double Twice(double value) => value * 2;
        return Twice(shape.Area());
    }

    private sealed record Inner(int Side);
}

public struct Point { public int X; }
