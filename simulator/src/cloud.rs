//! The whole cloud: its state, the way a request takes through it, and time.

use crate::{
    Answer, ApiError, Audit, Call, Reply,
    api::{
        self, compute::Compute, firestore::Firestore, kms::Kms, pubsub::Pubsub,
        serviceusage::ServiceUsage, storage::Storage,
    },
    call::Asked,
    error::Dialect,
    iam::{Iam, Principal},
    route::{Route, matches},
    table::Journaled,
};
use bytes::Bytes;
use http::{Request, header};
use names::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::Value;

/// Something the world must do. The cloud itself never reaches out.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Power a machine on. When its guest stops by itself, nothing need be said.
    PowerOn {
        /// Compute Engine's numeric id of the machine.
        instance: String,
    },
    /// Press a machine's power button: the guest is asked to shut down.
    /// [`Command::PowerOff`] follows when its time is over.
    PowerButton {
        /// The machine's id.
        instance: String,
    },
    /// Cut a machine's power; whatever ran on it is gone.
    PowerOff {
        /// The machine's id.
        instance: String,
    },
    /// Deliver a push; tell [`Cloud::pushed`] what came of it.
    Push {
        /// Identifies this delivery.
        delivery: String,
        /// Where to.
        endpoint: String,
        /// The bearer token of the push, if the subscription has an identity.
        token: Option<String>,
        /// Headers besides `authorization`: `content-type`, and the metadata
        /// of unwrapped pushes.
        headers: Vec<(String, String)>,
        /// The body, JSON unless the subscription says `noWrapper`.
        body: Bytes,
        /// How long the endpoint has to answer, in seconds.
        deadline_seconds: u32,
    },
}

/// A Google Cloud. Deterministic: the same requests at the same times give
/// the same answers.
#[derive(Debug, Clone)]
pub struct Cloud {
    pub(crate) iam: Iam,
    pub(crate) compute: Compute,
    pub(crate) storage: Storage,
    pub(crate) firestore: Firestore,
    pub(crate) kms: Kms,
    pub(crate) pubsub: Pubsub,
    pub(crate) serviceusage: ServiceUsage,
    commands: Vec<Command>,
}

impl Default for Cloud {
    fn default() -> Self {
        Self::new()
    }
}

impl Cloud {
    /// An empty cloud: no project, nobody allowed anything.
    #[must_use]
    pub fn new() -> Self {
        Self {
            iam: Iam::new(),
            compute: Compute::new(),
            storage: Storage::new(),
            firestore: Firestore::new(),
            kms: Kms::new(),
            pubsub: Pubsub::new(),
            serviceusage: ServiceUsage::new(),
            commands: Vec::new(),
        }
    }

    /// Answers a request that arrived at `arrived`. The URI may be in origin
    /// or absolute form; `origin` (`http://host:port`) is for links.
    pub fn handle(
        &mut self,
        request: &Request<Bytes>,
        origin: &str,
        arrived: Timestamp,
        now: Timestamp,
    ) -> Reply {
        let mut audit = Audit {
            time: now,
            principal: String::new(),
            api: "",
            method: "",
            resource: request.uri().path().to_owned(),
            permissions: Vec::new(),
            status: 0,
        };
        let (dialect, answer) = self.answer(request, origin, arrived, now, &mut audit);
        let response = match answer {
            Ok(Answer::Json(body)) => crate::error::json_response(200, &body),
            Ok(Answer::Raw(response)) => response,
            Ok(Answer::Later(at)) => return Reply::Later(at),
            Err(error) => error.into_response(dialect),
        };
        audit.status = response.status().as_u16();
        Reply::Ready(response, Box::new(audit))
    }

    fn answer(
        &mut self,
        request: &Request<Bytes>,
        origin: &str,
        arrived: Timestamp,
        now: Timestamp,
        audit: &mut Audit,
    ) -> (Dialect, Result<Answer, ApiError>) {
        let uri = request.uri();
        let Some((route, path)) = find(request.method(), uri.path()) else {
            let message = format!("No method for {} {}", request.method(), uri.path());
            return (Dialect::Rpc, Err(ApiError::not_found(message)));
        };
        audit.api = route.api;
        audit.method = route.id;
        let answer = (|| {
            let principal = match request.headers().get(header::AUTHORIZATION) {
                Some(value) => self.iam.authenticate(value.as_bytes(), now)?,
                None => Principal::anonymous(),
            };
            audit.principal = principal.to_string();
            let call = Call {
                principal,
                path,
                query: query(uri.query().unwrap_or_default()),
                headers: request.headers().clone(),
                body: body(request)?,
                raw: request.body().clone(),
                arrived,
                now,
                origin: origin.to_owned(),
            };
            let needs = (route.needs)(self, &call)?;
            if let Some(first) = needs.first() {
                audit.resource.clone_from(&first.resource.name);
            }
            api::serviceusage::check(self, route.api, &call, &needs)?;
            for need in needs {
                let granted = self.allows(&call.principal, need.permission, &need.resource, now);
                audit.permissions.push(Asked {
                    permission: need.permission.to_owned(),
                    resource: need.resource.name.clone(),
                    granted,
                });
                if !granted {
                    return Err(need.refusal(&call.principal));
                }
            }
            (route.act)(self, &call)
        })();
        (route.dialect, answer)
    }

    /// Lets time pass: whatever was due by `now` happens.
    pub fn advance(&mut self, now: Timestamp) {
        self.iam.advance(now);
        api::compute::advance(self, now);
        api::kms::advance(self, now);
        api::pubsub::advance(self, now);
    }

    /// When [`Cloud::advance`] next has something to do.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        [
            self.compute.next_due(),
            self.iam.next_due(),
            self.kms.next_due(),
            self.pubsub.next_due(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// Takes what the world must now do, in order.
    pub fn commands(&mut self) -> Vec<Command> {
        std::mem::take(&mut self.commands)
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.commands.push(command);
    }

    /// Every table, for the journal. Tables that need not outlive the process
    /// are left out.
    pub(crate) fn tables(&mut self) -> Vec<&mut dyn Journaled> {
        let mut all = self.iam.tables();
        all.extend(self.compute.tables());
        all.extend(self.storage.tables());
        all.extend(self.firestore.tables());
        all.extend(self.kms.tables());
        all.extend(self.pubsub.tables());
        all.extend(self.serviceusage.tables());
        all
    }

    /// Lets go of what the journal would want to know, where there is none.
    pub(crate) fn forget_changes(&mut self) {
        self.tables()
            .into_iter()
            .for_each(Journaled::forget_changes);
    }
}

type Found = (
    &'static Route,
    std::collections::BTreeMap<&'static str, String>,
);

/// The route with the longest template that matches: `/b/{b}/o/{o}` is also
/// matched by a shorter, laxer one.
fn find(verb: &http::Method, path: &str) -> Option<Found> {
    api::ROUTES
        .iter()
        .flat_map(|routes| routes.iter())
        .filter(|route| route.verb == *verb)
        .filter_map(|route| {
            // gcloud keeps the prefix of an endpoint override (`/iam/v1/…`).
            let bare = path
                .strip_prefix('/')
                .and_then(|p| p.strip_prefix(route.api))
                .filter(|p| p.starts_with('/'));
            let found = matches(route.path, path).or_else(|| matches(route.path, bare?))?;
            Some((route, found))
        })
        .max_by_key(|(route, _)| route.path.len())
}

pub(crate) fn query(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        let spaced = part.replace('+', " ");
        percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
    };
    text.split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
            (decode(key), decode(value))
        })
        .collect()
}

/// The body as JSON. Uploads (`/upload/…`) and forms are the method's own to read.
fn body(request: &Request<Bytes>) -> Result<Value, ApiError> {
    let kind = request.headers().get(header::CONTENT_TYPE);
    let is_json = kind.is_none_or(|k| k.as_bytes().starts_with(b"application/json"));
    let upload = request.uri().path().contains("/upload/");
    if request.body().is_empty() || upload || !is_json {
        return Ok(Value::Null);
    }
    serde_json::from_slice(request.body())
        .map_err(|e| ApiError::invalid(format!("Invalid JSON payload received. {e}")))
}
