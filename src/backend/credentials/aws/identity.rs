//! Who somebody is at AWS, for others: a request that they send in their place, signed for nobody else.
use std::borrow::Cow;

use reqwest::{Method, Request, header::HeaderValue};
use serde_json::json;
use url::Url;

use super::{
    CredentialsError, Files, Held, Means, Scope, Surroundings,
    chain::Search,
    sign::{TARGET, encoded, sign},
};
use crate::redact::{Secret, visible};

/// A signed request to an address in which `{region}` stands, for whoever is named by `audience`: as JSON, encoded as an
/// address is.
pub(in crate::backend::credentials) async fn vouch(
    surroundings: &Surroundings,
    address: &str,
    audience: &str,
    means: &Means,
) -> Result<Secret, CredentialsError> {
    let files = Files::read(surroundings);
    let unplaced = Search { surroundings, files, means, region: "" };
    let region = match surroundings.region(None) {
        Some(region) => region,
        None => unplaced.region_of_machine().await.map_err(|how| {
            let missing = format!("no region of AWS is named ({how})");
            CredentialsError::new(missing, "set AWS_REGION")
        })?,
    };
    let Held { keys, .. } = Search { region: &region, ..unplaced }.find(None).await?;
    let wrong = |why: String| CredentialsError::new(why, "correct the file with the identity");
    let address = address.replace("{region}", &region);
    let url = Url::parse(&address).ok().filter(is_question);
    let url = url.ok_or_else(|| {
        wrong(format!("AWS is not asked who somebody is at {}", visible(&address)))
    })?;
    let host = url.host_str().unwrap_or_default().to_owned();
    let mut request = Request::new(Method::POST, url);
    let target = HeaderValue::from_str(audience);
    let target = target.map_err(|_| wrong("the audience holds a control character".to_owned()))?;
    request.headers_mut().insert(TARGET, target);
    let scope = Scope { region, service: "sts".to_owned() };
    sign(&mut request, &keys, &scope, means.now()).map_err(wrong)?;
    let header = |name: &str, value: &str| json!({ "key": name, "value": value });
    let signed = request.headers().iter();
    let signed =
        signed.filter_map(|(name, value)| Some(header(name.as_str(), value.to_str().ok()?)));
    let headers: Vec<_> = signed.chain([header("host", &host)]).collect();
    let told = json!({ "url": address, "method": "POST", "headers": headers });
    Ok(Secret::new(encoded(&told.to_string(), b"")))
}

/// It asks who has signed it, and nothing that this one may do.
fn is_question(url: &Url) -> bool {
    let asks = |(name, value): (Cow<'_, str>, Cow<'_, str>)| match &*name {
        "Action" => value == "GetCallerIdentity",
        name => name == "Version",
    };
    url.scheme() == "https" && matches!(url.path(), "" | "/") && url.query_pairs().all(asks)
}
