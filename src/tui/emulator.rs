//! Which terminal this is, by the variables of the environment.

/// Reads a variable of the environment.
pub(super) type Variable<'a> = dyn Fn(&str) -> Option<&'a str> + 'a;

#[derive(Clone, Copy)]
pub(super) struct Emulator<'a> {
    variable: &'a Variable<'a>,
}

impl<'a> Emulator<'a> {
    pub(super) fn of(variable: &'a Variable<'a>) -> Self {
        Self { variable }
    }

    pub(super) fn has(self, variable: &str) -> bool {
        (self.variable)(variable).is_some()
    }

    pub(super) fn says(self, variable: &str, value: &str) -> bool {
        (self.variable)(variable) == Some(value)
    }

    /// Whether `TERM` names one of these, or a kind of it.
    pub(super) fn is_term(self, names: &[&str]) -> bool {
        let term = (self.variable)("TERM").unwrap_or_default();
        let term = term.strip_prefix("xterm-").unwrap_or(term);
        names.iter().any(|name| {
            term.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        })
    }

    /// Whether `TERM_PROGRAM` is one of these.
    pub(super) fn is_program(self, names: &[&str]) -> bool {
        names.iter().any(|name| self.says("TERM_PROGRAM", name))
    }
}
