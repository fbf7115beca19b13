//! What was typed in vi's normal mode, read as a command.

/// A whole command. Its count is at least 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Command<V = Verb> {
    /// `None` where none was typed.
    pub(super) count: Option<usize>,
    pub(super) verb: V,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Move(Motion),
    Operate(Operator, Target),
    /// Goes to a place and inserts there.
    Insert(Place),
    Put {
        is_before: bool,
    },
    Replace(char),
    SwapCase,
    JoinLines,
    Undo,
    Redo,
    Repeat,
    Select(Extent),
    SearchHistory,
}

/// How much is selected, or taken of what is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    Characters,
    Lines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Delete,
    Change,
    Yank,
    Indent,
    Outdent,
    Recase(Case),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Lower,
    Swapped,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    Motion(Motion),
    Object(Object),
    Lines,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Here,
    Behind,
    LineText,
    LineEnd,
    LineBelow,
    LineAbove,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Motion {
    Left,
    Right,
    Up,
    Down,
    Word { is_big: bool },
    WordEnd { is_big: bool },
    WordBack { is_big: bool },
    LineStart,
    LineText,
    LineEnd,
    First,
    Last,
    Find(Find),
    FindAgain { is_reversed: bool },
    Bracket,
    ParagraphEnd,
    ParagraphStart,
}

/// A character to go to in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Find {
    pub(super) character: char,
    /// Stops beside it.
    pub(super) is_till: bool,
    pub(super) is_backward: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Object {
    pub(super) is_around: bool,
    pub(super) what: What,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    Word { is_big: bool },
    Quoted(char),
    Bracketed(char, char),
    Paragraph,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed<V = Verb> {
    Whole(Command<V>),
    /// It can become one.
    Begun,
    Nothing,
}

/// Nobody means more.
const MOST: usize = 9_999;
/// Ctrl-R as the keys hand it on.
pub(super) const REDO: char = '\u{12}';

pub(super) fn parse(typed: &[char]) -> Parsed {
    let (count, rest) = count(typed);
    let Some((first, rest)) = rest.split_first() else { return Parsed::Begun };
    let (operator, name, rest) = match (first, rest) {
        ('d', _) => (Operator::Delete, 'd', rest),
        ('c', _) => (Operator::Change, 'c', rest),
        ('y', _) => (Operator::Yank, 'y', rest),
        ('>', _) => (Operator::Indent, '>', rest),
        ('<', _) => (Operator::Outdent, '<', rest),
        ('g', ['U', rest @ ..]) => (Operator::Recase(Case::Upper), 'U', rest),
        ('g', ['u', rest @ ..]) => (Operator::Recase(Case::Lower), 'u', rest),
        ('g', ['~', rest @ ..]) => (Operator::Recase(Case::Swapped), '~', rest),
        _ => return plain(*first, rest).into_parsed(count),
    };
    let (second, rest) = self::count(rest);
    let count = match (count, second) {
        (Some(one), Some(two)) => Some((one * two).min(MOST)),
        (one, two) => one.or(two),
    };
    target(name, rest).map(|target| Verb::Operate(operator, target)).into_parsed(count)
}

/// A reading that is whole, begun, or none.
pub(super) enum Reading<T> {
    Whole(T),
    Begun,
    Nothing,
}

impl<T> Reading<T> {
    pub(super) fn map<U>(self, change: impl FnOnce(T) -> U) -> Reading<U> {
        match self {
            Self::Whole(read) => Reading::Whole(change(read)),
            Self::Begun => Reading::Begun,
            Self::Nothing => Reading::Nothing,
        }
    }
}

impl<T> Reading<Option<T>> {
    /// Nothing, where it is whole and stands for nothing.
    pub(super) fn found(self) -> Reading<T> {
        match self {
            Self::Whole(Some(read)) => Reading::Whole(read),
            Self::Whole(None) | Self::Nothing => Reading::Nothing,
            Self::Begun => Reading::Begun,
        }
    }
}

impl<V> Reading<V> {
    pub(super) fn into_parsed(self, count: Option<usize>) -> Parsed<V> {
        match self {
            Self::Whole(verb) => Parsed::Whole(Command { count, verb }),
            Self::Begun => Parsed::Begun,
            Self::Nothing => Parsed::Nothing,
        }
    }
}

pub(super) fn count(typed: &[char]) -> (Option<usize>, &[char]) {
    // A 0 that begins no number is a motion.
    let digits = match typed.first() {
        Some('1'..='9') => typed.iter().take_while(|c| c.is_ascii_digit()).count(),
        _ => 0,
    };
    let (digits, rest) = typed.split_at(digits);
    let number = digits.iter().filter_map(|digit| digit.to_digit(10));
    let number = number.fold(0, |sum, digit| (sum * 10 + digit as usize).min(MOST));
    ((number > 0).then_some(number), rest)
}

fn plain(first: char, rest: &[char]) -> Reading<Verb> {
    let on = |operator, motion| Verb::Operate(operator, Target::Motion(motion));
    Reading::Whole(match first {
        'x' => on(Operator::Delete, Motion::Right),
        'X' => on(Operator::Delete, Motion::Left),
        'D' => on(Operator::Delete, Motion::LineEnd),
        'C' => on(Operator::Change, Motion::LineEnd),
        's' => on(Operator::Change, Motion::Right),
        'S' => Verb::Operate(Operator::Change, Target::Lines),
        'Y' => Verb::Operate(Operator::Yank, Target::Lines),
        'i' => Verb::Insert(Place::Here),
        'a' => Verb::Insert(Place::Behind),
        'I' => Verb::Insert(Place::LineText),
        'A' => Verb::Insert(Place::LineEnd),
        'o' => Verb::Insert(Place::LineBelow),
        'O' => Verb::Insert(Place::LineAbove),
        'p' => Verb::Put { is_before: false },
        'P' => Verb::Put { is_before: true },
        'r' => return argument(rest).map(Verb::Replace),
        '~' => Verb::SwapCase,
        'J' => Verb::JoinLines,
        'u' => Verb::Undo,
        REDO => Verb::Redo,
        '.' => Verb::Repeat,
        'v' => Verb::Select(Extent::Characters),
        'V' => Verb::Select(Extent::Lines),
        '/' => Verb::SearchHistory,
        _ => return motion(first, rest).map(Verb::Move),
    })
}

fn target(operator: char, rest: &[char]) -> Reading<Target> {
    match rest.split_first() {
        None => Reading::Begun,
        Some((again, _)) if *again == operator => Reading::Whole(Target::Lines),
        Some((kind @ ('i' | 'a'), rest)) => argument(rest)
            .map(object)
            .found()
            .map(|what| Target::Object(Object { is_around: *kind == 'a', what })),
        Some((first, rest)) => motion(*first, rest).map(Target::Motion),
    }
}

pub(super) fn object(name: char) -> Option<What> {
    Some(match name {
        'w' => What::Word { is_big: false },
        'W' => What::Word { is_big: true },
        '"' | '\'' | '`' => What::Quoted(name),
        '(' | ')' | 'b' => What::Bracketed('(', ')'),
        '[' | ']' => What::Bracketed('[', ']'),
        '{' | '}' | 'B' => What::Bracketed('{', '}'),
        '<' | '>' => What::Bracketed('<', '>'),
        'p' => What::Paragraph,
        _ => return None,
    })
}

pub(super) fn motion(first: char, rest: &[char]) -> Reading<Motion> {
    Reading::Whole(match first {
        'h' => Motion::Left,
        'l' | ' ' => Motion::Right,
        'j' => Motion::Down,
        'k' => Motion::Up,
        'w' => Motion::Word { is_big: false },
        'W' => Motion::Word { is_big: true },
        'e' => Motion::WordEnd { is_big: false },
        'E' => Motion::WordEnd { is_big: true },
        'b' => Motion::WordBack { is_big: false },
        'B' => Motion::WordBack { is_big: true },
        '0' => Motion::LineStart,
        '^' => Motion::LineText,
        '$' => Motion::LineEnd,
        'G' => Motion::Last,
        'g' => {
            return match rest.first() {
                None => Reading::Begun,
                Some('g') => Reading::Whole(Motion::First),
                Some(_) => Reading::Nothing,
            };
        }
        'f' | 't' | 'F' | 'T' => {
            let (is_till, is_backward) = (matches!(first, 't' | 'T'), first.is_uppercase());
            let find = |character| Find { character, is_till, is_backward };
            return argument(rest).map(find).map(Motion::Find);
        }
        ';' => Motion::FindAgain { is_reversed: false },
        ',' => Motion::FindAgain { is_reversed: true },
        '%' => Motion::Bracket,
        '}' => Motion::ParagraphEnd,
        '{' => Motion::ParagraphStart,
        _ => return Reading::Nothing,
    })
}

pub(super) fn argument(rest: &[char]) -> Reading<char> {
    rest.first().map_or(Reading::Begun, |character| Reading::Whole(*character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(typed: &str, count: Option<usize>, verb: Option<Verb>) {
        let typed: Vec<char> = typed.chars().collect();
        let parsed = verb.map_or(Parsed::Nothing, |verb| Parsed::Whole(Command { count, verb }));
        assert_eq!(parse(&typed), parsed);
        for end in 0..typed.len().saturating_sub(usize::from(verb.is_none())) {
            assert_eq!(parse(&typed[..end]), Parsed::Begun, "{end}");
        }
    }

    #[test]
    fn commands_are_whole_at_their_last_key() {
        let word = Motion::Word { is_big: false };
        check("w", None, Some(Verb::Move(word)));
        check("10w", Some(10), Some(Verb::Move(word)));
        check("0", None, Some(Verb::Move(Motion::LineStart)));
        check("2d3w", Some(6), Some(Verb::Operate(Operator::Delete, Target::Motion(word))));
        check("d0", None, Some(Verb::Operate(Operator::Delete, Target::Motion(Motion::LineStart))));
        check("cc", None, Some(Verb::Operate(Operator::Change, Target::Lines)));
        let inside = Object { is_around: false, what: What::Quoted('"') };
        check("ci\"", None, Some(Verb::Operate(Operator::Change, Target::Object(inside))));
        let around = Object { is_around: true, what: What::Bracketed('(', ')') };
        check("yab", None, Some(Verb::Operate(Operator::Yank, Target::Object(around))));
        let find = Find { character: ';', is_till: true, is_backward: false };
        check(
            "dt;",
            None,
            Some(Verb::Operate(Operator::Delete, Target::Motion(Motion::Find(find)))),
        );
        check("3rx", Some(3), Some(Verb::Replace('x')));
        check("gg", None, Some(Verb::Move(Motion::First)));
        check("99999w", Some(MOST), Some(Verb::Move(word)));
        let shout = Operator::Recase(Case::Upper);
        check(
            "gUiw",
            None,
            Some(Verb::Operate(
                shout,
                Target::Object(Object { is_around: false, what: What::Word { is_big: false } }),
            )),
        );
        check("gUU", None, Some(Verb::Operate(shout, Target::Lines)));
        check("2>>", Some(2), Some(Verb::Operate(Operator::Indent, Target::Lines)));
        check("gx", None, None);
        check("dix", None, None);
        check("dc", None, None);
        check("Z", None, None);
    }
}
