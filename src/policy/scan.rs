//! Takes any shell text apart into the commands it names, as well as that goes without running it.
//!
//! The opposite of the strict reader in `shell.rs`: it refuses nothing and proves nothing, and finds the `rm` behind
//! a pipe, a loop, a substitution or a quote.
use std::{iter::Peekable, str::Chars};

/// The words of each command, quotes and redirections taken off. A substitution leaves `$()` in its word; what it
/// runs follows as commands of its own.
pub(super) fn commands(text: &str) -> Vec<Vec<String>> {
    let mut commands = Vec::new();
    let mut texts = vec![text.to_owned()];
    while let Some(text) = texts.pop() {
        let mut scanner = Scanner::default();
        scanner.scan(&mut text.chars().peekable());
        scanner.end_command();
        commands.extend(scanner.commands);
        texts.extend(scanner.substitutions);
    }
    commands
}

#[derive(Default)]
struct Scanner {
    commands: Vec<Vec<String>>,
    substitutions: Vec<String>,
    words: Vec<String>,
    word: Option<String>,
    /// The next word is a file that is redirected to or from.
    is_redirected: bool,
}

impl Scanner {
    fn scan(&mut self, characters: &mut Peekable<Chars>) {
        let mut is_quoted = false;
        while let Some(character) = characters.next() {
            match character {
                '"' => {
                    is_quoted = !is_quoted;
                    self.word.get_or_insert_default();
                }
                '\\' => match characters.next() {
                    None | Some('\n') => {}
                    Some(escaped) => self.push(escaped),
                },
                '`' => {
                    self.substitute(characters.by_ref().take_while(|next| *next != '`').collect())
                }
                '$' if characters.peek() == Some(&'(') => {
                    characters.next();
                    self.substitute(inside_parentheses(characters));
                }
                _ if is_quoted => self.push(character),
                '\'' => {
                    self.word.get_or_insert_default();
                    characters
                        .by_ref()
                        .take_while(|next| *next != '\'')
                        .for_each(|next| self.push(next));
                }
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' | ';' | '&' | '|' | '(' | ')' => self.end_command(),
                '<' | '>' => {
                    self.redirect();
                    while characters.next_if(|next| "<>&|".contains(*next)).is_some() {}
                }
                _ => self.push(character),
            }
        }
    }

    fn push(&mut self, character: char) {
        self.word.get_or_insert_default().push(character);
    }

    fn substitute(&mut self, inside: String) {
        self.word.get_or_insert_default().push_str("$()");
        self.substitutions.push(inside);
    }

    fn redirect(&mut self) {
        // The number of a file descriptor belongs to the redirection.
        self.word.take_if(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        self.end_word();
        self.is_redirected = true;
    }

    fn end_word(&mut self) {
        let word = self.word.take();
        if word.is_some() && !std::mem::take(&mut self.is_redirected) {
            self.words.extend(word);
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.is_redirected = false;
        if !self.words.is_empty() {
            self.commands.push(std::mem::take(&mut self.words));
        }
    }
}

/// The text up to the parenthesis that closes the one just read.
fn inside_parentheses(characters: &mut Peekable<Chars>) -> String {
    let mut inside = String::new();
    let mut depth = 1;
    let mut quote = None;
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if open == character => quote = None,
            (None, '\'' | '"') => quote = Some(character),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None | Some('"'), '\\') => {
                inside.push(character);
                inside.extend(characters.next());
                continue;
            }
            (_, _) => {}
        }
        if depth == 0 {
            break;
        }
        inside.push(character);
    }
    inside
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_a_text_is_found() {
        for (text, found) in [
            ("a b", vec![vec!["a", "b"]]),
            ("a 'b c' \"d e\"f\\ g", vec![vec!["a", "b c", "d ef g"]]),
            (
                "a;b&&c||d|e&f\ng",
                vec![vec!["a"], vec!["b"], vec!["c"], vec!["d"], vec!["e"], vec!["f"], vec!["g"]],
            ),
            ("a \"x$(b \"c)d\")y\"; e", vec![vec!["a", "x$()y"], vec!["e"], vec!["b", "c)d"]]),
            ("a `b c` d", vec![vec!["a", "$()", "d"], vec!["b", "c"]]),
            ("(a; b) c", vec![vec!["a"], vec!["b"], vec!["c"]]),
            ("a b 2>&1 >c 2> d e <f", vec![vec!["a", "b", "e"]]),
            ("a <(b c)", vec![vec!["a"], vec!["b", "c"]]),
            ("a \"b; c\" 'd", vec![vec!["a", "b; c", "d"]]),
        ] {
            assert_eq!(commands(text), found, "{text}");
        }
    }
}
