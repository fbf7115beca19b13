//! AWS vouches for an identity of Google: by a request that is signed as AWS wants it, and says for whom.
use std::{collections::BTreeMap, fs};

use bowline::backend::{GoogleSettings, Surroundings};
use serde_json::{Value, json};

use super::Cloud;
use crate::support::{
    sigv4::{Signed, Signer},
    web::Web,
};

const SECRET: &str = "aws/s3cret";
const ANSWERED_BY: &str =
    "https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";

/// As Google's service does: it reads the request, and asks AWS with it who has signed it.
pub(super) fn check(subject: &str, audience: &str) -> Result<(), String> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~%".contains(&byte);
    if !subject.bytes().all(plain) {
        return Err("the subject is not encoded".to_owned());
    }
    let text: String = url::form_urlencoded::parse(format!("it={subject}").as_bytes())
        .map(|(_, value)| value.into_owned())
        .collect();
    let request: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let url = "https://sts.eu-west-1.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15";
    if request["url"] != url || request["method"] != "POST" {
        return Err(format!("it is no question who somebody is: {request}"));
    }
    let headers: BTreeMap<String, String> = request["headers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|it| {
            let text = |member: &str| it[member].as_str().unwrap_or_default().to_owned();
            (text("key").to_lowercase(), text("value"))
        })
        .collect();
    let is_for_us = headers.get("x-goog-cloud-target-resource").is_some_and(|it| it == audience)
        && headers["authorization"].contains("x-goog-cloud-target-resource");
    if !is_for_us {
        return Err("it is not signed for this audience".to_owned());
    }
    let path = "/?Action=GetCallerIdentity&Version=2011-06-15";
    let signed = Signed { method: "POST", path, headers: &headers, body: b"" };
    let signer = |id: &str, token: Option<&str>| Signer {
        id: id.to_owned(),
        secret: SECRET.to_owned(),
        token: token.map(str::to_owned),
    };
    let known = [signer("AKIAVARIABLES", None), signer("ASIAMACHINE", Some("session-token"))];
    known.iter().map(|signer| signer.check(&signed, "sts")).find(Result::is_ok).unwrap_or_else(
        || Err(format!("AWS does not know who signed it: {}", headers["authorization"])),
    )
}

impl Cloud {
    fn vouched_for(&self, source: &Value) -> Value {
        let mut file = self.federated(source);
        file["subject_token_type"] = json!("urn:ietf:params:aws:token-type:aws4_request");
        file
    }
}

fn source() -> Value {
    json!({ "environment_id": "aws1", "regional_cred_verification_url": ANSWERED_BY,
        "region_url": "http://169.254.169.254/latest/meta-data/placement/availability-zone",
        "url": "http://169.254.169.254/latest/meta-data/iam/security-credentials" })
}

fn aws(variables: &[(&str, &str)], home: &std::path::Path) -> Surroundings {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Surroundings::new(variables.iter().map(owned), Some(home.to_owned()))
}

#[tokio::test]
async fn whoever_aws_knows_has_a_token_of_google() {
    let google = Cloud::start().await;
    let machine = Web::start(|asked| {
        let has_token = asked.headers.get("x-aws-ec2-metadata-token").is_some_and(|it| it == "t");
        match (asked.method.as_str(), asked.path.as_str()) {
            ("PUT", "/latest/api/token") => (200, "t".to_owned()),
            ("GET", "/latest/meta-data/placement/region") if has_token => {
                (200, "eu-west-1".to_owned())
            }
            ("GET", "/latest/meta-data/iam/security-credentials/") if has_token => {
                (200, "workers".to_owned())
            }
            ("GET", "/latest/meta-data/iam/security-credentials/workers") if has_token => {
                let told = json!({ "AccessKeyId": "ASIAMACHINE", "SecretAccessKey": SECRET,
                    "Token": "session-token" });
                (200, told.to_string())
            }
            _ => (404, String::new()),
        }
    })
    .await;
    let home = google.directory.path();
    fs::create_dir_all(home.join(".aws")).unwrap();
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIAVARIABLES"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_REGION", "eu-west-1"),
    ];
    let url = machine.url();
    let of_machine = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", url.as_str())];
    let usual = json!({ "environment_id": "aws1" });
    for (variables, source) in [(&keys[..], source()), (&keys[..], usual), (&of_machine, source())]
    {
        let file = google.vouched_for(&source);
        let settings = GoogleSettings { aws: aws(variables, home), ..google.settings(Some(&file)) };
        let about = google.about(settings).await.unwrap();
        assert_eq!(about.identity.as_deref(), Some(super::ACCOUNT), "{about:?}");
        assert!(about.source.ends_with("a federated identity"), "{about:?}");
    }
}

#[tokio::test]
async fn what_aws_does_not_vouch_for_is_told_without_secrets_and_nothing_else_is_signed() {
    let google = Cloud::start().await;
    let home = google.directory.path();
    let nobody = [("AWS_REGION", "eu-west-1"), ("AWS_EC2_METADATA_DISABLED", "true")];
    let unplaced = [("AWS_EC2_METADATA_DISABLED", "true")];
    let stranger = [
        ("AWS_ACCESS_KEY_ID", "AKIASTRANGER"),
        ("AWS_SECRET_ACCESS_KEY", SECRET),
        ("AWS_REGION", "eu-west-1"),
    ];
    let at = |url: &str| {
        let mut source = source();
        source["regional_cred_verification_url"] = json!(url);
        source
    };
    let other = "https://sts.{region}.amazonaws.com?Action=AssumeRole&RoleArn=r&Version=2011-06-15";
    for (variables, source, expected) in [
        (&nobody[..], source(), "no credentials of AWS were found"),
        (&unplaced[..], source(), "no region of AWS is named (AWS_EC2_METADATA_DISABLED is set)"),
        (&stranger[..], source(), "AWS does not know who signed it"),
        (&stranger[..], at(other), "AWS is not asked who somebody is at https://sts.eu-west-1"),
        (&stranger[..], at("http://sts.{region}.amazonaws.com"), "AWS is not asked who"),
    ] {
        let file = google.vouched_for(&source);
        let settings = GoogleSettings { aws: aws(variables, home), ..google.settings(Some(&file)) };
        let told = google.about(settings).await.unwrap_err().to_string();
        assert!(told.contains(expected) && !told.contains(SECRET), "{told}");
    }
}
