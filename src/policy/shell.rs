//! Reads the part of the shell's language in which every word means itself; anything else is refused.
//!
//! No expansion, no substitution, no grouping, no assignment, no background job: what is accepted here, every
//! shell reads as the same programs with the same arguments.

/// Longer command lines are not looked at.
const LONGEST: usize = 20_000;

/// A program with its arguments, and the file its input comes from.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct SimpleCommand {
    pub(super) words: Vec<Word>,
    pub(super) input: Option<String>,
}

/// A word with its quotes taken off.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    /// Holds `*` or `?` outside quotes: names of files take its place.
    pub(super) is_glob: bool,
}

/// All simple commands of a command line, or `None` where it says more than plain words can.
pub(super) fn simple_commands(line: &str) -> Option<Vec<SimpleCommand>> {
    if line.len() > LONGEST || line.chars().any(is_suspicious) {
        return None;
    }
    let mut reader = Reader { rest: line.trim_matches([' ', '\n']) };
    let mut commands = Vec::new();
    loop {
        commands.push(reader.simple_command()?);
        reader.skip_blanks();
        if reader.rest.is_empty() {
            return Some(commands);
        }
        reader.connector()?;
    }
}

/// Control characters, and what is not ASCII but letters and digits: look-alikes and invisible characters.
fn is_suspicious(character: char) -> bool {
    match character {
        '\n' | ' '..='~' => false,
        // Letters by their class, and yet nothing to see.
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => true,
        _ => !character.is_alphanumeric(),
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn simple_command(&mut self) -> Option<SimpleCommand> {
        let mut command = SimpleCommand::default();
        loop {
            self.skip_blanks();
            match self.peek() {
                None | Some('|' | '&' | ';' | '\n') => break,
                Some(_) if self.take_silencer() => {}
                Some('<') => {
                    self.advance();
                    command.input = Some(self.input_file()?);
                }
                Some(_) => command.words.push(self.word()?),
            }
        }
        (!command.words.is_empty()).then_some(command)
    }

    /// `&&`, `||`, `|`, `;` or line ends. A lone `&` starts a job in the background.
    fn connector(&mut self) -> Option<()> {
        let found = ["&&", "||"].into_iter().find(|connector| self.rest.starts_with(connector));
        if let Some(connector) = found {
            self.rest = &self.rest[connector.len()..];
            return Some(());
        }
        match self.peek()? {
            // `|&` and `;;` have meanings of their own.
            '|' if !self.rest.starts_with("|&") => self.advance(),
            ';' if !self.rest.starts_with(";;") => self.advance(),
            '\n' => self.rest = self.rest.trim_start_matches([' ', '\n']),
            _ => return None,
        }
        Some(())
    }

    /// Redirections that write nowhere.
    fn take_silencer(&mut self) -> bool {
        const SILENCERS: [&str; 9] = [
            "2>&1",
            "2>/dev/null",
            "2> /dev/null",
            ">/dev/null",
            "> /dev/null",
            "1>/dev/null",
            "1> /dev/null",
            "</dev/null",
            "< /dev/null",
        ];
        for silencer in SILENCERS {
            if let Some(after) = self.rest.strip_prefix(silencer)
                && after.chars().next().is_none_or(|next| " \n|&;".contains(next))
            {
                self.rest = after;
                return true;
            }
        }
        false
    }

    fn input_file(&mut self) -> Option<String> {
        self.skip_blanks();
        let word = self.word()?;
        // A shell opens connections for names below `/dev`.
        (!word.is_glob && !word.text.starts_with("/dev")).then_some(word.text)
    }

    fn word(&mut self) -> Option<Word> {
        let mut word = Word::default();
        let mut is_quoted = false;
        let start = self.rest;
        while let Some(character) = self.peek() {
            match character {
                ' ' | '\n' | '|' | '&' | ';' => break,
                '\'' | '"' => {
                    word.text.push_str(self.quoted(character)?);
                    is_quoted = true;
                    continue;
                }
                '\\' if self.rest.starts_with("\\ ") => {
                    self.advance();
                    word.text.push(' ');
                }
                '*' | '?' => {
                    word.is_glob = true;
                    word.text.push(character);
                }
                '~' if word.text.is_empty() || word.text.ends_with([':', '=']) => return None,
                '[' | ']' | '!' if self.stands_alone(start) => word.text.push(character),
                _ if is_plain(character) => word.text.push(character),
                _ => return None,
            }
            self.advance();
        }
        (is_quoted || !word.text.is_empty()).then_some(word)
    }

    /// The inside of quotes, whose sign stands next.
    fn quoted(&mut self, sign: char) -> Option<&str> {
        let (inside, after) = self.rest[1..].split_once(sign)?;
        let is_literal = match sign {
            '"' => !inside.contains(['$', '`', '\\', '!', '\n']),
            _ => !inside.contains('\n'),
        };
        self.rest = after;
        is_literal.then_some(inside)
    }

    /// The next character is a word of its own, as in `[ -f x ]`.
    fn stands_alone(&self, word_start: &str) -> bool {
        self.rest.len() == word_start.len()
            && self.rest[1..].chars().next().is_none_or(|next| " \n|&;".contains(next))
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn advance(&mut self) {
        let mut characters = self.rest.chars();
        characters.next();
        self.rest = characters.as_str();
    }
}

fn is_plain(character: char) -> bool {
    character.is_alphanumeric() || "_./:,=@%+~^-".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Option<Vec<Vec<String>>> {
        let texts =
            |command: SimpleCommand| command.words.into_iter().map(|word| word.text).collect();
        Some(simple_commands(line)?.into_iter().map(texts).collect())
    }

    #[test]
    fn plain_words_are_read_as_a_shell_reads_them() {
        for (line, commands) in [
            ("ls -la src", vec![vec!["ls", "-la", "src"]]),
            ("  a 'b c'\"d e\"f\\ g ''", vec![vec!["a", "b cd ef g", ""]]),
            (
                "a | b && c || d; e\n\n f",
                ["a", "b", "c", "d", "e", "f"].map(|word| vec![word]).into(),
            ),
            ("a 2>&1 >/dev/null | b", vec![vec!["a"], vec!["b"]]),
            ("[ -f x ] && ! y", vec![vec!["[", "-f", "x", "]"], vec!["!", "y"]]),
            ("grep 'a$(b)*' größe", vec![vec!["grep", "a$(b)*", "größe"]]),
        ] {
            let read = read(line).unwrap_or_else(|| panic!("refused: {line}"));
            assert_eq!(read, commands, "{line}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for line in [
            "",
            " ",
            "a &",
            "a & b",
            "a |& b",
            "a ;; b",
            "a &&",
            "&& a",
            "a > b",
            "a >> b",
            "a >| b",
            "a &> b",
            "a >/dev/nullx",
            "a 2>&12",
            "a < /dev/tcp/h/1",
            "a <<b",
            "a <<< b",
            "a <(b)",
            "$a",
            "a $b",
            "a \"$b\"",
            "a \"b`c`\"",
            "a `b`",
            "(a)",
            "{ a; }",
            "a {b,c}",
            "a\\b",
            "a \\",
            "a 'b",
            "a \"b",
            "a # b",
            "~/a",
            "a ~",
            "a b=~/c",
            "a [bc]",
            "!a",
            "a\tb",
            "a\rb",
            "a\u{0}",
            "a \u{202e}b",
            "a\u{200b}",
            "a “b”",
            "a 'b\nc'",
            "a $'b'",
            "a $\"b\"",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
        assert_eq!(read(&format!("a {}", "b".repeat(LONGEST))), None);
    }
}
