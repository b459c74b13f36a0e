//! What the tour observes of the cloud: API calls, and the commands that the
//! simulator gives to its surroundings, such as push deliveries.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use names::{Clock, JobId, Timestamp};
use runtime::SystemClock;
use serde_json::Value;
use simulator::{Audit, Command, Observer, PermissionCheck};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// An API call, and Google's error message if it failed.
#[derive(Debug, Clone)]
pub(super) struct ObservedCall {
    pub(super) audit: Audit,
    pub(super) error_message: Option<String>,
}

/// Something that the tour observed.
#[derive(Debug)]
pub(super) enum Observation {
    /// A completed call.
    Call(Box<ObservedCall>),
    /// A command of the simulator, and when it was observed.
    Command(Timestamp, Command),
}

impl Observation {
    /// When it happened.
    pub(super) fn at(&self) -> Timestamp {
        match self {
            Self::Call(call) => call.audit.time,
            Self::Command(at, _) => *at,
        }
    }
}

/// Sends every command to `observations`.
pub(super) async fn forward_commands(
    mut commands: UnboundedReceiver<Command>,
    observations: UnboundedSender<Observation>,
) {
    while let Some(command) = commands.recv().await {
        if observations
            .send(Observation::Command(SystemClock.now(), command))
            .is_err()
        {
            return;
        }
    }
}

/// An observer that sends every call to `observations`.
pub(super) fn call_observer(observations: UnboundedSender<Observation>) -> Observer {
    Box::new(move |audit, _, response| {
        let error_message = (audit.status >= 400).then(|| {
            let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            match body["error"]["message"].as_str() {
                Some(message) => message.to_owned(),
                None => String::from_utf8_lossy(response.body()).into_owned(),
            }
        });
        let call = ObservedCall {
            audit: audit.clone(),
            error_message,
        };
        // Fails only after the end of the tour.
        let _ = observations.send(Observation::Call(Box::new(call)));
    })
}

impl ObservedCall {
    /// The caller, as a short name.
    pub(super) fn caller(&self) -> &str {
        short_name(&self.audit.principal)
    }

    /// Whether the caller is the local operator.
    pub(super) fn is_operators(&self) -> bool {
        self.audit.principal.starts_with("user:")
    }

    /// Whether the call only serves authentication.
    pub(super) fn is_authentication(&self) -> bool {
        let audit = &self.audit;
        audit.api == "metadata"
            || audit.method.is_empty()
            || audit.method.starts_with("iamcredentials.")
    }

    /// The permissions that the caller lacked.
    pub(super) fn denied(&self) -> Vec<&PermissionCheck> {
        let refused = self.audit.status == 403;
        self.audit
            .permissions
            .iter()
            .filter(|checked| refused && !checked.granted)
            .collect()
    }
}

/// The name in `serviceAccount:name@…`; the operator is `you`.
pub(super) fn short_name(principal: &str) -> &str {
    match principal.split_once(':') {
        Some(("user", _)) => "you",
        Some((_, address)) => address.split('@').next().unwrap_or(address),
        None if principal.is_empty() => "(anonymous)",
        None => principal.split('@').next().unwrap_or(principal),
    }
}

/// `…/zones/{zone}/instances/{name}` as "{name} in {zone}".
pub(super) fn instance(resource: &str) -> String {
    let mut parts = resource.rsplit('/');
    let name = parts.next().unwrap_or_default();
    match parts.nth(1) {
        Some(zone) => format!("{name} in {zone}"),
        None => name.to_owned(),
    }
}

/// A push delivery, without its token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PushDelivery {
    pub(super) function: String,
    pub(super) audience: String,
    pub(super) account: String,
}

/// The push delivery with this body and token, if its message concerns `job`.
pub(super) fn push_of_job(body: &[u8], token: Option<&str>, job: &JobId) -> Option<PushDelivery> {
    let body: Value = serde_json::from_slice(body).ok()?;
    let message = &body["message"];
    let data = BASE64_STANDARD.decode(message["data"].as_str().unwrap_or_default());
    let data: Value = serde_json::from_slice(&data.unwrap_or_default()).unwrap_or_default();
    if ![&message["attributes"]["job"], &data["job"]].contains(&&Value::from(job.as_str())) {
        return None;
    }
    let claims = token
        .and_then(|token| token.split('.').nth(1))
        .unwrap_or_default();
    let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap_or_default();
    let claims: Value = serde_json::from_slice(&claims).unwrap_or_default();
    let text = |name: &str| claims[name].as_str().unwrap_or_default().to_owned();
    let audience = text("aud");
    Some(PushDelivery {
        function: audience.rsplit('/').next().unwrap_or_default().to_owned(),
        account: text("email"),
        audience,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_push_is_recognized_by_its_job_and_shown_without_its_token() {
        let job: JobId = "job-1".parse().expect("valid");
        let claims = json!({ "aud": "groundcrew/local/job-queued", "email": "push@home" });
        let token = format!("h.{}.s", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
        let delivery = |attributes: Value, data: Value| {
            let data = BASE64_STANDARD.encode(data.to_string());
            let body = json!({ "message": { "attributes": attributes, "data": data } });
            push_of_job(body.to_string().as_bytes(), Some(&token), &job)
        };
        let expected = Some(PushDelivery {
            function: "job-queued".to_owned(),
            audience: "groundcrew/local/job-queued".to_owned(),
            account: "push@home".to_owned(),
        });
        assert_eq!(delivery(json!({ "job": "job-1" }), json!({})), expected);
        assert_eq!(
            delivery(json!({}), json!({ "job": "job-1", "report": {} })),
            expected
        );
        assert_eq!(delivery(json!({ "job": "job-2" }), json!(null)), None);
        assert_eq!(push_of_job(b"not json", None, &job), None);
    }

    #[test]
    fn identities_have_short_names() {
        for (principal, name) in [
            ("user:operator@groundcrew.local", "you"),
            ("serviceAccount:sweep@p.iam.gserviceaccount.com", "sweep"),
            ("", "(anonymous)"),
        ] {
            assert_eq!(short_name(principal), name);
        }
    }

    #[test]
    fn an_instance_is_named_with_its_zone() {
        assert_eq!(
            instance("projects/p/zones/us-east1-b/instances/gc-a-1"),
            "gc-a-1 in us-east1-b"
        );
        assert_eq!(instance("gc-a-1"), "gc-a-1");
    }
}
