//! The project that is asked where nobody has named one, in the order in which it is looked for.
use std::fs;

use bowline::{
    backend::{
        self, BackendSettings, Credentials, Gcloud, Google, GoogleSettings, Key, KeyHeader, Kind,
        Place,
    },
    protocol::Request,
    redact::Secret,
};
use serde_json::json;

use super::{
    super::{KEY, unplaced_of},
    Cloud, hello, open, request, run,
};
use crate::support::{hosts::HOSTS, server::Server, speech::Protocol, web::Web};

impl Cloud {
    /// gcloud's directory, with two configurations; the first is active.
    fn gcloud(&self) -> Gcloud {
        let directory = self.directory.path().join("gcloud");
        fs::create_dir_all(directory.join("configurations")).unwrap();
        fs::write(directory.join("active_config"), "work\n").unwrap();
        for (name, project) in [("work", "of-work"), ("home", "of-home")] {
            let file = directory.join("configurations").join(format!("config_{name}"));
            fs::write(file, format!("[core]\naccount = a\nproject = {project}\n")).unwrap();
        }
        Gcloud { directory: Some(directory), ..Gcloud::default() }
    }

    async fn project(&self, settings: GoogleSettings) -> String {
        match self.about(GoogleSettings { wants_project: true, ..settings }).await {
            Ok(about) => {
                let project = about.project.unwrap();
                let place = project.source.rsplit('/').next().unwrap().to_owned();
                format!("{} from {place}", project.id)
            }
            Err(error) => error.to_string(),
        }
    }
}

#[tokio::test]
async fn a_project_is_found_where_the_credentials_are() {
    let google = Cloud::start().await;
    let gcloud = google.gcloud();
    let none = Gcloud::default();
    let chosen = Gcloud { configuration: Some("home".into()), ..gcloud.clone() };
    let outside = Gcloud { configuration: Some("../work".into()), ..gcloud.clone() };
    let by_variable = Gcloud { project: Some("of-variable".into()), ..gcloud.clone() };
    let mut payless = google.user();
    payless.as_object_mut().unwrap().remove("quota_project_id");
    let impersonated = json!({ "type": "impersonated_service_account",
        "service_account_impersonation_url": google.url(super::IMPERSONATE),
        "source_credentials": google.account(), "delegates": [] });
    for (file, gcloud, expected) in [
        (Some(google.account()), &gcloud, "p from named.json"),
        (Some(impersonated), &gcloud, "p from named.json"),
        (Some(google.user()), &gcloud, "of-work from config_work"),
        (Some(google.user()), &chosen, "of-home from config_home"),
        (Some(google.user()), &by_variable, "of-variable from CLOUDSDK_CORE_PROJECT"),
        // Whoever pays is better than nobody; no name leads out of the directory.
        (Some(google.user()), &none, "payer from named.json"),
        (Some(google.user()), &outside, "payer from named.json"),
        (None, &gcloud, "of-work from config_work"),
    ] {
        let settings = GoogleSettings { gcloud: gcloud.clone(), ..google.settings(file.as_ref()) };
        assert_eq!(google.project(settings).await, expected);
    }
    let told = google.project(google.settings(Some(&payless))).await;
    for part in [
        "no project of Google Cloud is known",
        "GOOGLE_CLOUD_PROJECT: it is not set",
        "named.json: it names no project",
        "gcloud config set project",
    ] {
        assert!(told.contains(part), "{told}");
    }
    let machine = Web::start(|asked| match asked.path.as_str() {
        _ if asked.headers.get("metadata-flavor").is_none_or(|it| it != "Google") => {
            (403, String::new())
        }
        "/computeMetadata/v1/project/project-id" => (200, "of-machine".to_owned()),
        path if path.ends_with("/default/token") => {
            (200, json!({ "access_token": "ya29.machine", "expires_in": 3599 }).to_string())
        }
        _ => (404, String::new()),
    })
    .await;
    let metadata_host = machine.url().replace("http://", "");
    let settings = GoogleSettings { metadata_host, ..google.settings(None) };
    let expected = "of-machine from the metadata server of this machine";
    assert_eq!(google.project(settings).await, expected);
    // Where somebody has named one, none is looked for.
    let named = google.about(google.settings(Some(&google.account()))).await.unwrap();
    assert_eq!(named.project, None);
}

#[tokio::test]
async fn requests_go_to_the_project_of_the_credentials() {
    let google = Cloud::start().await;
    for host in HOSTS.iter().filter(|host| host.kind == Kind::Vertex) {
        let server = Server::start([hello(host.protocol)]).await;
        let mut account = google.account();
        account["project_id"] = json!("test-project");
        let settings = GoogleSettings { wants_project: true, ..google.settings(Some(&account)) };
        let key = Key::Sought(Credentials::new(Google::new(settings), google.means()));
        let place = Place::default();
        let settings = BackendSettings { key, place, ..host.settings("test", &server) };
        let asked = Request { model: host.model.to_owned(), ..request() };
        let ran = run(&*open(&settings), asked).await;
        assert_eq!((ran.text().as_str(), &ran.error), ("Hello", &None));
        assert_eq!(server.requests()[0].path, host.path);
    }
}

/// Google calls it express mode: a key stands for its project.
#[tokio::test]
async fn with_a_key_gemini_is_asked_without_a_project() {
    let server = Server::start([hello(Protocol::Gemini)]).await;
    server.want_key(KEY);
    let express = BackendSettings {
        base_url: Some(server.base_url_of(Kind::Vertex)),
        key_header: Kind::Vertex.key_header("GOOGLE_API_KEY"),
        key: Key::Found { secret: Secret::new(KEY.into()), source: "K".into() },
        ..unplaced_of(Kind::Vertex)
    };
    assert_eq!(express.key_header, KeyHeader::XGoogApiKey);
    let asked = Request { model: "gemini-test".into(), ..request() };
    let ran = run(&*open(&express.for_model("gemini-test")), asked).await;
    assert_eq!((ran.text().as_str(), &ran.error), ("Hello", &None));
    let path = "/v1/publishers/google/models/gemini-test:streamGenerateContent?alt=sse";
    assert_eq!((server.requests()[0].path.as_str(), server.complaints()), (path, vec![]));
    for model in ["claude-test", "meta/test"] {
        let error = backend::open(&express.for_model(model), None, Default::default());
        let error = error.err().unwrap().to_string();
        assert!(error.contains("only Gemini is asked; set `project`"), "{error}");
    }
}
