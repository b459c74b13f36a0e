//! What is seen of the cloud: its calls, and the pushes that it commands.

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use names::{Clock, JobId, Timestamp};
use runtime::SystemClock;
use serde_json::Value;
use simulator::{Audit, Command, Observer, PermissionCheck};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};

/// A call, and Google's words if it was refused.
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) audit: Audit,
    pub(super) refusal: Option<String>,
}

/// What is seen.
#[derive(Debug)]
pub(super) enum Seen {
    /// A call that was answered.
    Call(Box<Call>),
    /// What the cloud told the world to do, and when.
    Command(Timestamp, Command),
}

impl Seen {
    /// When it was.
    pub(super) fn at(&self) -> Timestamp {
        match self {
            Self::Call(call) => call.audit.time,
            Self::Command(at, _) => *at,
        }
    }
}

/// Tells `seen` of every command.
pub(super) async fn commands(mut from: UnboundedReceiver<Command>, seen: UnboundedSender<Seen>) {
    while let Some(command) = from.recv().await {
        if seen
            .send(Seen::Command(SystemClock.now(), command))
            .is_err()
        {
            return;
        }
    }
}

/// Tells `seen` of every call.
pub(super) fn observer(seen: UnboundedSender<Seen>) -> Observer {
    Box::new(move |audit, _, response| {
        let refusal = (audit.status >= 400).then(|| {
            let body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
            match body["error"]["message"].as_str() {
                Some(message) => message.to_owned(),
                None => String::from_utf8_lossy(response.body()).into_owned(),
            }
        });
        // The tour may be over.
        let call = Call {
            audit: audit.clone(),
            refusal,
        };
        let _ = seen.send(Seen::Call(Box::new(call)));
    })
}

impl Call {
    /// Who asked, without what is the same for all.
    pub(super) fn who(&self) -> &str {
        short(&self.audit.principal)
    }

    /// Whether it is the person at the laptop who asked.
    pub(super) fn is_operators(&self) -> bool {
        self.audit.principal.starts_with("user:")
    }

    /// Whether it only serves to prove who somebody is.
    pub(super) fn is_about_tokens(&self) -> bool {
        let audit = &self.audit;
        audit.api == "metadata"
            || audit.method.is_empty()
            || audit.method.starts_with("iamcredentials.")
    }

    /// The permissions that it lacked.
    pub(super) fn denied(&self) -> Vec<&PermissionCheck> {
        let refused = self.audit.status == 403;
        self.audit
            .permissions
            .iter()
            .filter(|asked| refused && !asked.granted)
            .collect()
    }
}

/// The name in `serviceAccount:name@…`; the operator is `you`.
pub(super) fn short(principal: &str) -> &str {
    match principal.split_once(':') {
        Some(("user", _)) => "you",
        Some((_, address)) => address.split('@').next().unwrap_or(address),
        None if principal.is_empty() => "(nobody)",
        None => principal.split('@').next().unwrap_or(principal),
    }
}

/// A push: to which function, as whom. Never the token.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Push {
    pub(super) function: String,
    pub(super) audience: String,
    pub(super) account: String,
}

/// What a push is, if it is about `job`.
pub(super) fn push(body: &[u8], token: Option<&str>, job: &JobId) -> Option<Push> {
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
    Some(Push {
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
    fn a_push_is_known_by_its_job_and_shown_without_its_token() {
        let job: JobId = "job-1".parse().expect("valid");
        let claims = json!({ "aud": "groundcrew/local/job-queued", "email": "push@home" });
        let token = format!("h.{}.s", BASE64_URL_SAFE_NO_PAD.encode(claims.to_string()));
        let by = |attributes: Value, data: Value| {
            let data = BASE64_STANDARD.encode(data.to_string());
            let body = json!({ "message": { "attributes": attributes, "data": data } });
            push(body.to_string().as_bytes(), Some(&token), &job)
        };
        let expected = Some(Push {
            function: "job-queued".to_owned(),
            audience: "groundcrew/local/job-queued".to_owned(),
            account: "push@home".to_owned(),
        });
        assert_eq!(by(json!({ "job": "job-1" }), json!({})), expected);
        assert_eq!(
            by(json!({}), json!({ "job": "job-1", "report": {} })),
            expected
        );
        assert_eq!(by(json!({ "job": "job-2" }), json!(null)), None);
        assert_eq!(push(b"not json", None, &job), None);
    }

    #[test]
    fn identities_are_shown_by_their_names() {
        for (principal, name) in [
            ("user:operator@groundcrew.local", "you"),
            ("serviceAccount:sweep@p.iam.gserviceaccount.com", "sweep"),
            ("", "(nobody)"),
        ] {
            assert_eq!(short(principal), name);
        }
    }
}
