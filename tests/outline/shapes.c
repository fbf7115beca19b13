// A fixture.
#include <stdio.h>
#define SIDES 4
#define DOUBLE(x) ((x) * 2)

struct square { double side; };
typedef struct { double one, two; } pair;
enum kind { ROUND, FLAT };

static double area(const struct square *square)
{
    return square->side * square->side;
}

char *name_of(enum kind kind) { return "x"; }
int declared(void);
