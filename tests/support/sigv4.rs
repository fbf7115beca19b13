//! Signatures of AWS, looked at as AWS does: computed anew out of what has come, by code of its own.
use std::collections::BTreeMap;

use ring::{
    digest::{SHA256, digest},
    hmac::{HMAC_SHA256, Key, sign},
};

/// Who may send requests.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

/// A request as it came. The path is as it was on the line, with its query.
pub(crate) struct Signed<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    /// Names in lower case.
    pub(crate) headers: &'a BTreeMap<String, String>,
    pub(crate) body: &'a [u8],
}

impl Signer {
    /// # Errors
    /// What is wrong with a signature.
    pub(crate) fn check(&self, request: &Signed<'_>, service: &str) -> Result<(), String> {
        let header = |name: &str| {
            request.headers.get(name).ok_or_else(|| format!("the header {name} is missing"))
        };
        let authorization = header("authorization")?;
        let fields = authorization
            .strip_prefix("AWS4-HMAC-SHA256 ")
            .ok_or_else(|| format!("another algorithm: {authorization}"))?;
        let fields: BTreeMap<&str, &str> =
            fields.split(", ").filter_map(|field| field.split_once('=')).collect();
        let credential: Vec<&str> = fields["Credential"].split('/').collect();
        let [id, day, region, its_service, "aws4_request"] = credential[..] else {
            return Err(format!("the scope is {credential:?}"));
        };
        if id != self.id || its_service != service {
            return Err(format!("signed by {id} for {its_service}"));
        }
        let names: Vec<&str> = fields["SignedHeaders"].split(';').collect();
        for wanted in ["host", "x-amz-date"] {
            if !names.contains(&wanted) {
                return Err(format!("{wanted} is not signed"));
            }
        }
        if self.token.as_ref() != request.headers.get("x-amz-security-token") {
            return Err("the session token is another".to_owned());
        }
        if self.token.is_some() && !names.contains(&"x-amz-security-token") {
            return Err("the session token is not signed".to_owned());
        }
        let date = header("x-amz-date")?;
        if !date.starts_with(day) {
            return Err(format!("{date} is not of {day}"));
        }
        let (path, query) = request.path.split_once('?').unwrap_or((request.path, ""));
        // Everything but slashes is encoded once more.
        let path: String = path
            .chars()
            .map(|it| match it {
                'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' | '~' | '/' => it.to_string(),
                other => format!("%{:02X}", u32::from(other)),
            })
            .collect();
        let mut query: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty()).collect();
        query.sort_unstable();
        let mut lines = vec![request.method.to_owned(), path, query.join("&")];
        for name in &names {
            lines.push(format!("{name}:{}", header(name)?.trim()));
        }
        lines.extend([String::new(), names.join(";"), hash(request.body)]);
        let scope = format!("{day}/{region}/{its_service}/aws4_request");
        let text =
            ["AWS4-HMAC-SHA256", date, &scope, &hash(lines.join("\n").as_bytes())].join("\n");
        let mut key = format!("AWS4{}", self.secret).into_bytes();
        for part in [day, region, its_service, "aws4_request", &text] {
            key = sign(&Key::new(HMAC_SHA256, &key), part.as_bytes()).as_ref().to_vec();
        }
        match hex(&key) == fields["Signature"] {
            true => Ok(()),
            false => Err(format!("the signature is not of this request:\n{}", lines.join("\n"))),
        }
    }
}

fn hash(bytes: &[u8]) -> String {
    hex(digest(&SHA256, bytes).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
