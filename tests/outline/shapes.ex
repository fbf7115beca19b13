defmodule Shop.Shape do
  @moduledoc "Shapes, and `def` in a string: def not_here()"
  @behaviour Shop.Area
  @type side :: number
  alias Shop.Units, as: Units

  defstruct [:side, name: "square"]

  defguard is_side(value) when is_number(value) and value > 0

  def new(side) when is_side(side) do
    %__MODULE__{side: side}
  end

  def area(%{side: side}), do: squared(side) |> Units.round()

  defp squared(side), do: side * side

  defmacro __using__(_options) do
    quote do: import(Shop.Shape)
  end

  defmodule Inner do
    def empty?, do: true
  end
end

defprotocol Shop.Area do
  def measure(shape)
end

defimpl Shop.Area, for: Shop.Shape do
  def measure(shape), do: Shop.Shape.area(shape)
end
