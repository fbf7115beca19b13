//! Where credentials are looked for first, and what is said where there are none.
use bowline::backend::ProgramError;

use super::{KEYS, Machine, PROCESS};

#[tokio::test]
async fn the_first_place_that_has_any_counts() {
    let with_keys = || {
        Machine::new()
            .variable("AWS_ACCESS_KEY_ID", "AKIAVARIABLES")
            .variable("AWS_SECRET_ACCESS_KEY", "hidden")
    };
    let files = |machine: Machine| {
        machine
            .file("credentials", &format!("[default]\n{KEYS}[other]\n{}", KEYS.replace("FILE", "MORE")))
            .file("config", "[profile script]\ncredential_process = /opt/keys --for \"me\"\n[profile empty]\nregion = x\n[profile old]\nlogin_session = arn\n")
    };
    for (machine, expected) in [
        (with_keys(), "AWS_ACCESS_KEY_ID as access key AKIA…BLES"),
        (files(with_keys()), "AWS_ACCESS_KEY_ID as access key AKIA…BLES"),
        (files(Machine::new()), "as access key AKIA…FILE"),
        (files(Machine::new()).variable("AWS_PROFILE", "other"), "profile `other` in"),
        // Whoever chooses a profile for a backend means it.
        (files(with_keys()).profile("other"), "profile `other` in"),
        (
            files(Machine::new())
                .profile("script")
                .script("sh -c /opt/keys --for \"me\"", Ok(PROCESS)),
            "credential_process of profile `script` as access key ASIA…RAMS",
        ),
        (
            files(Machine::new()).profile("script").script("sh", Ok("{}")),
            "gave no credentials of AWS (credential_process: it did not write credentials as JSON)",
        ),
        (
            files(Machine::new())
                .profile("script")
                .script("sh", Err(ProgramError::Failed("exit code 1".into()))),
            "(credential_process: exit code 1); run its `credential_process` by hand",
        ),
        (
            files(Machine::new())
                .profile("old")
                .script("aws configure export-credentials --profile old", Ok(PROCESS)),
            "profile `old`, by `aws configure export-credentials` as",
        ),
        (
            files(Machine::new()).profile("old"),
            "run `aws login --profile old`; for this kind of profile the program `aws`",
        ),
        (files(with_keys()).profile("nobody"), "the profile `nobody` of AWS holds no credentials"),
        (files(Machine::new()).profile("empty"), "it names no credentials"),
        (files(Machine::new()).variable("AWS_PROFILE", "nobody"), "there is no such profile"),
        (
            Machine::new().variable("AWS_ACCESS_KEY_ID", "AKIA"),
            "AWS_ACCESS_KEY_ID: AWS_SECRET_ACCESS_KEY is not set; profile `default` in",
        ),
        (
            Machine::new(),
            "this machine's role (IMDS): AWS_EC2_METADATA_DISABLED is set); run `aws configure sso` or",
        ),
        (
            Machine::new().variable("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://example.com/"),
            "its address is neither https nor one of this machine",
        ),
    ] {
        let told = machine.told().await;
        assert!(told.contains(expected), "{told}\ndoes not say\n{expected}");
        assert!(!told.contains("hidden"), "{told}");
    }
}
