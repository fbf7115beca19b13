// A fixture.
package shapes;

public class Shapes {
    static final int SIDES = 4;

    Shapes(int side) {}

    @Override
    public <T extends Shape> double area(T shape)
            throws Exception {
        return 0;
    }

    interface Area { double area(); }

    enum Kind { ROUND, FLAT; boolean isRound() { return this == ROUND; } }
}

record Pair(int one, int two) {}
@interface Marked {}
