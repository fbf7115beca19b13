//! Takes any shell text apart into the commands it names, as well as that goes without running it.
//!
//! The opposite of the strict reader in `shell.rs`: it refuses nothing and proves nothing, and finds the `rm` behind
//! a pipe, a loop, a substitution or a quote.
use std::{iter::Peekable, str::Chars};

/// The words of each command, quotes and redirections taken off. A substitution leaves `$()` in its word; what it
/// runs follows as commands of its own. A file that a redirection empties is the word behind [`EMPTIES`], before the command.
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

/// What stands for a command that empties a file.
pub(super) const EMPTIES: &str = ">";

/// Where a word may begin.
const BETWEEN_WORDS: [char; 11] = [' ', '\t', '\r', '\n', ';', '&', '|', '(', ')', '<', '>'];

#[derive(Default)]
struct Scanner {
    commands: Vec<Vec<String>>,
    substitutions: Vec<String>,
    words: Vec<String>,
    word: Option<String>,
    /// The next word is what is redirected to or from, behind this sign.
    redirection: Option<String>,
    /// The lines that end the here-documents which begin behind this one.
    documents: Vec<String>,
}

impl Scanner {
    fn scan(&mut self, characters: &mut Peekable<Chars>) {
        // What stands behind the double quote that is open, and how much was found before it.
        let mut open: Option<(Peekable<Chars>, usize)> = None;
        while let Some(character) = characters.next() {
            match character {
                '"' => {
                    open = match open {
                        Some(_) => None,
                        None => Some((characters.clone(), self.substitutions.len())),
                    };
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
                _ if open.is_some() => self.push(character),
                '\'' => self.single_quoted(characters),
                '#' if self.word.is_none() => skip_comment(characters),
                ' ' | '\t' | '\r' => self.end_word(),
                '\n' => {
                    self.end_command();
                    for end in std::mem::take(&mut self.documents) {
                        self.substitutions.extend(take_document(characters, &end));
                    }
                }
                ';' | '&' | '|' | '(' | ')' => self.end_command(),
                '<' | '>' => {
                    self.documents.extend(document_end(character, characters));
                    let mut sign = String::from(character);
                    while let Some(next) = characters.next_if(|next| "<>&|".contains(*next)) {
                        sign.push(next);
                    }
                    self.redirect(sign);
                }
                _ => self.push(character),
            }
        }
        if let Some((behind, found_before)) = open
            && let Some(lines) = lines_behind_open_quote(behind)
        {
            self.substitutions.truncate(found_before);
            self.substitutions.push(lines);
        }
    }

    fn single_quoted(&mut self, characters: &mut Peekable<Chars>) {
        self.word.get_or_insert_default();
        let behind = characters.clone();
        for character in characters.by_ref() {
            if character == '\'' {
                return;
            }
            self.push(character);
        }
        self.substitutions.extend(lines_behind_open_quote(behind));
    }

    fn push(&mut self, character: char) {
        self.word.get_or_insert_default().push(character);
    }

    fn substitute(&mut self, inside: String) {
        self.word.get_or_insert_default().push_str("$()");
        self.substitutions.push(inside);
    }

    fn redirect(&mut self, sign: String) {
        // The number of a file descriptor belongs to the redirection.
        self.word.take_if(|word| word.bytes().all(|byte| byte.is_ascii_digit()));
        self.end_word();
        self.redirection = Some(sign);
    }

    fn end_word(&mut self) {
        let Some(word) = self.word.take() else { return };
        match self.redirection.take() {
            None => self.words.push(word),
            Some(sign) if empties(&sign, &word) => {
                self.commands.push(vec![EMPTIES.to_owned(), word]);
            }
            Some(_) => {}
        }
    }

    fn end_command(&mut self) {
        self.end_word();
        self.redirection = None;
        if !self.words.is_empty() {
            self.commands.push(std::mem::take(&mut self.words));
        }
    }
}

/// Whether a redirection empties the file that it names; `>&2` names none.
fn empties(sign: &str, word: &str) -> bool {
    let is_descriptor = || word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    match sign {
        ">" | ">|" => true,
        ">&" => !is_descriptor(),
        _ => false,
    }
}

/// A comment ends before the end of its line.
fn skip_comment(characters: &mut Peekable<Chars>) {
    while characters.next_if(|next| *next != '\n').is_some() {}
}

/// The line that ends a here-document, where a redirection that begins with this sign asks for one.
fn document_end(sign: char, behind: &Peekable<Chars>) -> Option<String> {
    let mut behind = behind.clone();
    if sign != '<' || behind.next() != Some('<') || behind.peek() == Some(&'<') {
        return None;
    }
    behind.next_if_eq(&'-');
    while behind.next_if_eq(&' ').is_some() {}
    let word = behind.take_while(|next| !BETWEEN_WORDS.contains(next));
    Some(word.filter(|next| !['\'', '"', '\\'].contains(next)).collect())
}

/// The lines before the one that ends a here-document. Where none does, it was something else that looks like one.
fn take_document(characters: &mut Peekable<Chars>, end: &str) -> Option<String> {
    let mut behind = characters.clone();
    let mut document = String::new();
    while behind.peek().is_some() {
        let line: String = behind.by_ref().take_while(|next| *next != '\n').collect();
        if line.trim_start_matches('\t') == end {
            *characters = behind;
            return Some(document);
        }
        document.push_str(&line);
        document.push('\n');
    }
    None
}

/// A shell refuses a quote that never closes, unless it is a character like others in a text that we took for
/// commands: then the lines behind it may be some.
fn lines_behind_open_quote(behind: Peekable<Chars>) -> Option<String> {
    let behind: String = behind.collect();
    behind.contains('\n').then_some(behind)
}

/// The text up to the parenthesis that closes the one just read.
fn inside_parentheses(characters: &mut Peekable<Chars>) -> String {
    let mut inside = String::new();
    let mut depth = 1;
    let mut quote = None;
    let mut documents: Vec<String> = Vec::new();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, '#') if inside.is_empty() || inside.ends_with(BETWEEN_WORDS) => {
                skip_comment(characters);
                continue;
            }
            (None, '<') => {
                documents.extend(document_end(character, characters));
                inside.push(character);
                while let Some(next) = characters.next_if_eq(&'<') {
                    inside.push(next);
                }
                continue;
            }
            (None, '\n') => {
                inside.push(character);
                for end in std::mem::take(&mut documents) {
                    if let Some(document) = take_document(characters, &end) {
                        inside.extend([&document, &end, "\n"]);
                    }
                }
                continue;
            }
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
            ("a b 2>&1 >c 2> d e <f", vec![vec![">", "c"], vec![">", "d"], vec!["a", "b", "e"]]),
            (
                "a >>b <>c 2>&- <d | e &>f >|'g h'",
                vec![vec!["a"], vec!["e"], vec![">", "f"], vec![">", "g h"]],
            ),
            ("a <(b c)", vec![vec!["a"], vec!["b", "c"]]),
            ("a \"b; c\" 'd", vec![vec!["a", "b; c", "d"]]),
            ("# b's\na#b '#' #c", vec![vec!["a#b", "#"]]),
            ("a $(# b's\nc); d", vec![vec!["a", "$()"], vec!["d"], vec!["c"]]),
            ("a $#; b", vec![vec!["a", "$#"], vec!["b"]]),
            ("a <<E\nb's\nE\nc", vec![vec!["a"], vec!["c"], vec!["bs\n"], vec!["s"]]),
            (
                "a \"$(b <<-'E'\nc's )\n\tE\n)\"; d",
                vec![vec!["a", "$()"], vec!["d"], vec!["b"], vec!["cs )\n"], vec!["s"]],
            ),
            ("a <<<b\nc $((1<<2))\nd", vec![vec!["a"], vec!["c", "$()"], vec!["d"]]),
            ("((a<<2))\nb", vec![vec!["a"], vec!["b"]]),
            ("a 'b\nc", vec![vec!["a", "b\nc"], vec!["b"], vec!["c"]]),
            ("a \"$(b)\nc", vec![vec!["a", "$()\nc"], vec!["$()"], vec!["c"], vec!["b"]]),
        ] {
            assert_eq!(commands(text), found, "{text}");
        }
    }
}
