//! What was typed while something is selected, read as a command.
use super::command::{
    Case, Extent, Motion, Object, Operator, Parsed, Reading, argument, count, motion, object,
};

/// What is done while something is selected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Selecting {
    Move(Motion),
    /// As much as this is selected as well.
    Object(Object),
    /// Selects by characters or lines; what is selected so already is so no more.
    Select(Extent),
    OtherEnd,
    Operate(Operator, Extent),
    Put(Replaced),
    Replace(char),
    JoinLines,
}

/// What becomes of a text that another takes the place of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Replaced {
    /// It can be put elsewhere.
    IsCut,
    IsLost,
}

/// As [`parse`], while something is selected.
pub(super) fn parse_selecting(typed: &[char]) -> Parsed<Selecting> {
    let (count, rest) = count(typed);
    match rest.split_first() {
        None => Parsed::Begun,
        Some((first, rest)) => selecting(*first, rest).into_parsed(count),
    }
}

fn selecting(first: char, rest: &[char]) -> Reading<Selecting> {
    let characters = |operator| Selecting::Operate(operator, Extent::Characters);
    let lines = |operator| Selecting::Operate(operator, Extent::Lines);
    Reading::Whole(match first {
        'v' => Selecting::Select(Extent::Characters),
        'V' => Selecting::Select(Extent::Lines),
        'o' | 'O' => Selecting::OtherEnd,
        'd' | 'x' => characters(Operator::Delete),
        'D' | 'X' => lines(Operator::Delete),
        'c' | 's' => characters(Operator::Change),
        'C' | 'S' | 'R' => lines(Operator::Change),
        'y' => characters(Operator::Yank),
        'Y' => lines(Operator::Yank),
        '>' => lines(Operator::Indent),
        '<' => lines(Operator::Outdent),
        '~' => characters(Operator::Recase(Case::Swapped)),
        'u' => characters(Operator::Recase(Case::Lower)),
        'U' => characters(Operator::Recase(Case::Upper)),
        'p' => Selecting::Put(Replaced::IsCut),
        'P' => Selecting::Put(Replaced::IsLost),
        'J' => Selecting::JoinLines,
        'r' => return argument(rest).map(Selecting::Replace),
        'i' | 'a' => {
            return argument(rest)
                .map(object)
                .found()
                .map(|what| Selecting::Object(Object { is_around: first == 'a', what }));
        }
        _ => return motion(first, rest).map(Selecting::Move),
    })
}
