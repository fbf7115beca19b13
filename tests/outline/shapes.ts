// A fixture.
export interface Shape {
  readonly name: string;
  area(unit: string): number;
}
export type Pair<T> = [T, T];
export enum Kind { Round, Flat }
export abstract class Base<T> implements Shape {
  abstract area(): number;
  private double(): number { return 2; }
}
namespace Inner {
  export function inside(): void {}
}
export const View = ({ shape }: { shape: Shape }) => shape.name;
declare function outside(): void;
const SIDES: number = 4;
