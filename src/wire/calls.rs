//! Ids of calls, on their way in and out, and calls that come wrapped in one.
use std::borrow::Cow;

use serde_json::Value;

use crate::protocol::{Arguments, CallId, ToolCall};

/// The longest id that services take back.
const LONGEST_ID: usize = 64;
const SHORT_ID: usize = 9;

/// Gives the calls of one reply ids that are told apart: from each other and, where the vendor's ids are mere
/// counters, from those of other replies.
#[derive(Debug, Default)]
pub(super) struct CallIds {
    /// Names the reply, where the vendor does.
    reply: String,
    given: Vec<CallId>,
}

impl CallIds {
    pub(super) fn name_reply(&mut self, id: &str) {
        if self.reply.is_empty() {
            self.reply.push_str(id);
        }
    }

    /// The id for a call that the vendor calls `vendor`, which may be empty.
    pub(super) fn claim(&mut self, vendor: &str) -> CallId {
        let number = self.given.len();
        let mut id = match vendor {
            "" => format!("call_{number}"),
            _ => vendor.to_owned(),
        };
        if is_counter(&id) && !self.reply.is_empty() {
            id = format!("{}_{id}", self.reply);
        }
        if self.given.iter().any(|given| given.0 == id) {
            id = format!("{id}_{number}");
        }
        let id = CallId(id);
        self.given.push(id.clone());
        id
    }
}

/// `call_0` and the like, which begin anew with every reply.
fn is_counter(id: &str) -> bool {
    id.strip_prefix("call_").is_some_and(|number| {
        number.len() <= 6 && number.bytes().all(|b| b.is_ascii_digit() || b == b'_')
    })
}

/// The id under which a call goes to a service: as it is, where it is not too long.
pub(super) fn outgoing(id: &CallId) -> Cow<'_, str> {
    if !id.0.is_empty() && id.0.len() <= LONGEST_ID {
        return Cow::Borrowed(&id.0);
    }
    Cow::Owned(format!("call_{:016x}", stable_hash(id.0.as_bytes())))
}

/// The id as `[a-zA-Z0-9_-]{1,64}`, the same in every request.
pub(super) fn outgoing_plain(id: &CallId) -> Cow<'_, str> {
    if id.0.bytes().all(is_plain) {
        return outgoing(id);
    }
    Cow::Owned(format!("call_{:016x}", stable_hash(id.0.as_bytes())))
}

/// A tool's name as `[a-zA-Z0-9_-]{1,64}`: models make up others, and a call is sent back all the same.
pub(super) fn outgoing_name(tool: &str) -> Cow<'_, str> {
    if !tool.is_empty() && tool.len() <= LONGEST_ID && tool.bytes().all(is_plain) {
        return Cow::Borrowed(tool);
    }
    let plain = |byte: u8| if is_plain(byte) { char::from(byte) } else { '_' };
    let name: String = tool.bytes().take(LONGEST_ID).map(plain).collect();
    Cow::Owned(if name.is_empty() { "unnamed".to_owned() } else { name })
}

/// The name as [`outgoing_name`] gives it, and with a letter or `_` at its beginning.
pub(super) fn outgoing_identifier(tool: &str) -> Cow<'_, str> {
    let name = outgoing_name(tool);
    if name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_') {
        return name;
    }
    let mut name = format!("_{name}");
    name.truncate(LONGEST_ID);
    Cow::Owned(name)
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// The id as `[A-Za-z0-9]{9}`, the same in every request.
pub(super) fn outgoing_short(id: &CallId) -> Cow<'_, str> {
    if id.0.len() == SHORT_ID && id.0.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Cow::Borrowed(&id.0);
    }
    const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
    let mut rest = stable_hash(id.0.as_bytes());
    let digit = |_| {
        let digit = DIGITS[(rest % 36) as usize];
        rest /= 36;
        char::from(digit)
    };
    Cow::Owned((0..SHORT_ID).map(digit).collect())
}

/// FNV-1a with a last mix: the standard library's hash may change between versions, this one does not.
fn stable_hash(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in bytes {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Whether a call was made by its vendor as it stands, or taken out of a wrapper.
pub(super) enum Wrapping {
    Bare(ToolCall),
    /// Some models write one call of `parallel` or `multi_tool_use.parallel` around several.
    Parallel(Vec<ToolCall>),
}

pub(super) fn unwrap_parallel(
    ids: &mut CallIds,
    vendor_id: &str,
    tool: &str,
    arguments: &str,
) -> Wrapping {
    let args = Arguments::parse(arguments);
    if let Some(uses) = wrapped_calls(tool, &args) {
        let calls = uses.iter().enumerate().map(|(number, (tool, args))| {
            let id = if vendor_id.is_empty() {
                ids.claim("")
            } else {
                ids.claim(&format!("{vendor_id}_{number}"))
            };
            ToolCall { id, tool: tool.clone(), args: args.clone() }
        });
        return Wrapping::Parallel(calls.collect());
    }
    Wrapping::Bare(ToolCall { id: ids.claim(vendor_id), tool: tool.to_owned(), args })
}

fn wrapped_calls(tool: &str, args: &Arguments) -> Option<Vec<(String, Arguments)>> {
    let (true, Arguments::Object(object)) =
        (matches!(tool, "parallel" | "multi_tool_use.parallel"), args)
    else {
        return None;
    };
    let uses = object.get("tool_uses")?.as_array()?;
    let call = |one: &Value| {
        let name = one["recipient_name"].as_str()?;
        let args = match &one["parameters"] {
            Value::Null => Arguments::parse(""),
            Value::Object(object) => Arguments::Object(object.clone()),
            other => Arguments::Invalid(other.to_string()),
        };
        Some((name.strip_prefix("functions.").unwrap_or(name).to_owned(), args))
    };
    let calls = uses.iter().map(call).collect::<Option<Vec<_>>>()?;
    (!calls.is_empty()).then_some(calls)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_told_apart() {
        let mut ids = CallIds::default();
        ids.name_reply("resp_1");
        let claimed: Vec<String> =
            ["call_AB6AaRZ1", "call_0", "", "call_AB6AaRZ1"].map(|id| ids.claim(id).0).into();
        assert_eq!(claimed, ["call_AB6AaRZ1", "resp_1_call_0", "resp_1_call_2", "call_AB6AaRZ1_3"]);
    }

    #[test]
    fn outgoing_ids_fit_and_stay_the_same() {
        let long = CallId("x".repeat(65));
        assert_eq!(outgoing(&long).len(), 21);
        assert_eq!(outgoing(&CallId("call_1".into())), "call_1");
        assert_eq!(outgoing_short(&CallId("gSIMJiOkT".into())), "gSIMJiOkT");
        assert_eq!(outgoing_plain(&CallId("toolu_1-a".into())), "toolu_1-a");
        for odd in ["fc.1:2", "fc.1:3", "é"] {
            let plain = outgoing_plain(&CallId(odd.into())).into_owned();
            assert!(plain.len() == 21 && plain.bytes().all(is_plain), "{odd} became {plain}");
        }
        assert_eq!(outgoing_plain(&long), outgoing(&long));
        for (name, expected) in
            [("read", "read"), ("functions.read", "functions_read"), ("", "unnamed")]
        {
            assert_eq!(outgoing_name(name), expected);
        }
        for (name, expected) in [("read", "read"), ("_x", "_x"), ("2x", "_2x"), ("-", "_-")] {
            assert_eq!(outgoing_identifier(name), expected);
        }
        assert_eq!(outgoing_identifier(&"1".repeat(64)).len(), 64);
        let short = outgoing_short(&CallId("call_AB6AaRZ1FYZB2RwS6A5vbdqn".into())).into_owned();
        assert_eq!(short, "xsf40nlad");
        assert_ne!(short, outgoing_short(&CallId("call_AB6AaRZ1FYZB2RwS6A5vbdqo".into())));
    }

    #[test]
    fn a_wrapper_is_taken_off_only_where_there_is_one() {
        let wrapped = r#"{"tool_uses":[{"recipient_name":"functions.read","parameters":{"path":"a"}},{"recipient_name":"ls"}]}"#;
        let tools = |tool: &str, arguments: &str| match unwrap_parallel(
            &mut CallIds::default(),
            "c",
            tool,
            arguments,
        ) {
            Wrapping::Bare(call) => vec![format!("{} {}", call.id, call.tool)],
            Wrapping::Parallel(calls) => calls
                .iter()
                .map(|call| format!("{} {} {}", call.id, call.tool, call.args.to_json()))
                .collect(),
        };
        assert_eq!(tools("parallel", wrapped), [r#"c_0 read {"path":"a"}"#, "c_1 ls {}"]);
        assert_eq!(tools("multi_tool_use.parallel", wrapped).len(), 2);
        assert_eq!(tools("parallel", "{}"), ["c parallel"]);
        assert_eq!(tools("parallel", r#"{"tool_uses":[1]}"#), ["c parallel"]);
        assert_eq!(tools("read", wrapped), ["c read"]);
    }
}
