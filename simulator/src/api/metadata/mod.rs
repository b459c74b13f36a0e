//! The metadata server of a machine or a Cloud Run service.
//!
//! Paths, headers and long polls as in Google's "About VM metadata". What a
//! guest without service account, or a missing `upcoming-maintenance`,
//! answers is unverified.

mod tree;

use crate::{
    Audit, Cloud, Guest, Reply,
    api::compute::instance::{Instance, Status},
    iam::Principal,
};
use aws_lc_rs::digest;
use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode};
use names::{Duration, Timestamp};
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;
use tree::Node;

const FLAVOR: &str = "metadata-flavor";
/// How long a token lives, in seconds.
const TOKEN_LIFE: u32 = 3599;

/// Who asks: what differs between guests.
struct Identity {
    account: Option<String>,
    scopes: Vec<String>,
    tree: Node,
    /// Claims of an identity token with `format=full`.
    claims: Map<String, Value>,
    /// When anything in the tree last changed.
    touched: Timestamp,
}

/// An answer before it has headers.
enum Body {
    Text(String),
    Json(Value),
    Redirect(String),
}

type Refusal = (u16, &'static str);

impl Cloud {
    /// Answers a request to the metadata server of `guest`. A machine that is
    /// gone or not running gets 503, for want of a connection to refuse.
    pub fn metadata(
        &mut self,
        guest: &Guest,
        request: &Request<Bytes>,
        arrived: Timestamp,
        now: Timestamp,
    ) -> Reply {
        let mut audit = Audit {
            time: now,
            principal: String::new(),
            api: "metadata",
            method: "",
            resource: request.uri().path().to_owned(),
            permissions: Vec::new(),
            status: 0,
        };
        let answer = self.identity(guest).ok_or((503, "The guest is not running.")).and_then(|who| {
            if let Some(account) = &who.account {
                audit.principal = Principal::service_account(account).to_string();
            }
            self.entry(&who, request, arrived, now, &mut audit)
        });
        let response = match answer {
            Ok(Some((body, etag))) => {
                let mut response = respond(200, body);
                response.headers_mut().insert("etag", etag.parse().expect("hexadecimal"));
                response
            }
            Ok(None) => return Reply::Later(deadline(&query(request), arrived)),
            Err((status, text)) => respond(status, Body::Text(text.to_owned())),
        };
        audit.status = response.status().as_u16();
        Reply::Ready(response, Box::new(audit))
    }

    fn identity(&self, guest: &Guest) -> Option<Identity> {
        match guest {
            Guest::Instance(id) => {
                let instance = self.compute.by_id(id)?;
                // A machine that is going down still has a guest that asks.
                let up = matches!(instance.status, Status::Running | Status::Stopping);
                (up && instance.powered).then(|| of_instance(self, instance))
            }
            Guest::Service { project, account } => {
                let number = self.project_number(project);
                let scopes = vec!["https://www.googleapis.com/auth/cloud-platform".to_owned()];
                let region = format!("projects/{number}/regions/us-central1");
                let accounts = accounts(Some(account), &scopes);
                let instance =
                    Node::dir([("region", Node::text(region)), ("service-accounts", accounts)]);
                Some(Identity {
                    tree: root(instance, project, &number),
                    account: Some(account.clone()),
                    scopes,
                    claims: Map::new(),
                    touched: Timestamp::from_micros(0),
                })
            }
        }
    }

    /// The answer and its etag; `None` is a long poll that goes on.
    fn entry(
        &mut self,
        who: &Identity,
        request: &Request<Bytes>,
        arrived: Timestamp,
        now: Timestamp,
        audit: &mut Audit,
    ) -> Result<Option<(Body, String)>, Refusal> {
        let path = request.uri().path();
        if request.headers().contains_key("x-forwarded-for") {
            return Err((403, "Forwarded requests are not answered."));
        }
        if request.method() != Method::GET {
            return Err((405, "Only GET is allowed."));
        }
        let fixed = |body| Ok(Some((body, "0".to_owned())));
        if path == "/" {
            return fixed(Body::Text("computeMetadata/\n".to_owned()));
        }
        if !flavored(request.headers()) {
            return Err((403, "Missing Metadata-Flavor:Google header."));
        }
        let missing = (404, "Not found.");
        let below = path.strip_prefix("/computeMetadata/v1").ok_or(missing)?;
        let below = &percent_decode_str(below).decode_utf8_lossy();
        let query = query(request);
        let node = who.tree.at(below).ok_or(missing)?;
        match node {
            Node::Made => return fixed(self.made(who, below, &query, now, audit)?),
            Node::Dir(_) if !below.ends_with('/') => {
                let search = request.uri().query().map_or_else(String::new, |q| format!("?{q}"));
                return fixed(Body::Redirect(format!("{path}/{search}")));
            }
            Node::Dir(_) | Node::Leaf(_) | Node::Lines(_) => {}
        }
        let etag = etag_of(&node.json());
        if wants(&query, "wait_for_change") && now < deadline(&query, arrived) {
            let same = match query.get("last_etag") {
                Some(last) => *last == etag,
                None => who.touched <= arrived,
            };
            if same {
                return Ok(None);
            }
        }
        let recursive = wants(&query, "recursive");
        let body = match (query.get("alt").map(String::as_str), node) {
            (Some("text"), Node::Dir(_)) if recursive => Body::Text(node.lines("")),
            (Some("json"), _) => Body::Json(node.json()),
            (_, Node::Dir(_)) if recursive => Body::Json(node.json()),
            (_, Node::Leaf(value)) if value.is_object() => Body::Json(value.clone()),
            _ => Body::Text(node.listing()),
        };
        Ok(Some((body, etag)))
    }

    /// Tokens.
    fn made(
        &mut self,
        who: &Identity,
        path: &str,
        query: &BTreeMap<String, String>,
        now: Timestamp,
        audit: &mut Audit,
    ) -> Result<Body, Refusal> {
        let account = who.account.as_deref().ok_or((404, "No service account."))?;
        if path.ends_with("/token") {
            audit.method = "token";
            if who.scopes.is_empty() {
                return Err((403, "The instance has no scopes."));
            }
            let token = self.mint(&Principal::service_account(account), now);
            return Ok(Body::Json(json!({
                "access_token": token, "expires_in": TOKEN_LIFE, "token_type": "Bearer",
            })));
        }
        audit.method = "identity";
        let audience = query.get("audience").filter(|audience| !audience.is_empty());
        let audience = audience.ok_or((400, "Non-empty audience parameter required."))?;
        let full = query.get("format").is_some_and(|format| format == "full");
        let claims = if full { who.claims.clone() } else { Map::new() };
        Ok(Body::Text(self.id_token(account, audience, claims, now)))
    }
}

fn of_instance(cloud: &Cloud, instance: &Instance) -> Identity {
    let number = cloud.project_number(&instance.project);
    let scopes: Vec<String> = instance.scopes().iter().map(|scope| (*scope).to_owned()).collect();
    let Instance { id, name, zone, project, resource, .. } = instance;
    let scheduling = &resource["scheduling"];
    let upper = |value: &Value| Node::text(value.to_string().trim_matches('"').to_uppercase());
    let tags = &resource["tags"]["items"];
    let attributes: BTreeMap<String, Node> =
        instance.metadata().map(|(key, value)| (key.to_owned(), Node::text(value))).collect();
    let mut tree = Node::dir([
        ("attributes", Node::Dir(attributes)),
        ("hostname", Node::text(format!("{name}.{zone}.c.{project}.internal"))),
        ("id", Node::Leaf(json!(id.parse::<u64>().unwrap_or(0)))),
        ("machine-type", Node::text(format!("projects/{number}/machineTypes/{}", instance.machine_type()))),
        ("maintenance-event", Node::text(instance.maintenance_event())),
        ("name", Node::text(name)),
        ("preempted", upper(&json!(instance.preempted))),
        (
            "scheduling",
            Node::dir([
                ("automatic-restart", upper(&scheduling["automaticRestart"])),
                ("on-host-maintenance", upper(&scheduling["onHostMaintenance"])),
                ("preemptible", upper(&scheduling["preemptible"])),
            ]),
        ),
        ("service-accounts", accounts(instance.account(), &scopes)),
        ("tags", Node::Leaf(if tags.is_array() { tags.clone() } else { json!([]) })),
        ("zone", Node::text(format!("projects/{number}/zones/{zone}"))),
    ]);
    if let (Node::Dir(entries), Some(begins)) = (&mut tree, instance.maintenance) {
        let status = if instance.status == Status::Running { "PENDING" } else { "ONGOING" };
        let window = json!({
            "can_reschedule": "FALSE",
            "latest_window_start_time": begins,
            "maintenance_status": status,
            "type": "UNSCHEDULED",
            "window_start_time": begins,
        });
        entries.insert("upcoming-maintenance".to_owned(), Node::Leaf(window));
    }
    let claims = json!({ "google": { "compute_engine": {
        "instance_id": id,
        "instance_name": name,
        "project_id": project,
        "project_number": number.parse::<u64>().unwrap_or(0),
        "zone": zone,
        "instance_creation_timestamp": instance.created.as_seconds(),
    }}});
    Identity {
        account: instance.account().map(str::to_owned),
        scopes,
        tree: root(tree, project, &number),
        claims: claims.as_object().cloned().unwrap_or_default(),
        touched: instance.touched,
    }
}

fn root(instance: Node, project: &str, number: &str) -> Node {
    let project = Node::dir([
        ("attributes", Node::Dir(BTreeMap::new())),
        ("numeric-project-id", Node::Leaf(json!(number.parse::<u64>().unwrap_or(0)))),
        ("project-id", Node::text(project)),
    ]);
    Node::dir([("instance", instance), ("project", project)])
}

/// The accounts: the one there is, as `default` and by its address.
fn accounts(account: Option<&str>, scopes: &[String]) -> Node {
    let Some(email) = account else {
        return Node::Dir(BTreeMap::new());
    };
    let entry = Node::dir([
        ("aliases", Node::Lines(vec!["default".to_owned()])),
        ("email", Node::text(email)),
        ("identity", Node::Made),
        ("scopes", Node::Lines(scopes.to_vec())),
        ("token", Node::Made),
    ]);
    Node::dir([("default", entry.clone()), (email, entry)])
}

fn flavored(headers: &HeaderMap) -> bool {
    headers.get(FLAVOR).is_some_and(|value| value.as_bytes() == b"Google")
}

fn query(request: &Request<Bytes>) -> BTreeMap<String, String> {
    crate::cloud::query(request.uri().query().unwrap_or_default()).into_iter().collect()
}

fn wants(query: &BTreeMap<String, String>, flag: &str) -> bool {
    query.get(flag).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}

/// When a long poll answers without a change; an hour if it names no time.
fn deadline(query: &BTreeMap<String, String>, arrived: Timestamp) -> Timestamp {
    let seconds = query.get("timeout_sec").and_then(|text| text.parse().ok());
    arrived + Duration::from_secs(seconds.unwrap_or(3600))
}

fn etag_of(value: &Value) -> String {
    let digest = digest::digest(&digest::SHA256, value.to_string().as_bytes());
    digest.as_ref()[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn respond(status: u16, body: Body) -> Response<Bytes> {
    let mut response = Response::builder()
        .header(FLAVOR, "Google")
        .header("server", "Metadata Server for VM");
    let (status, kind, text) = match body {
        Body::Text(text) => (status, "application/text", text),
        Body::Json(json) => (status, "application/json", json.to_string()),
        Body::Redirect(to) => {
            response = response.header("location", to);
            (301, "text/html", String::new())
        }
    };
    let status = StatusCode::from_u16(status).expect("a status of ours");
    response
        .status(status)
        .header("content-type", kind)
        .body(Bytes::from(text))
        .expect("headers of ours")
}

#[cfg(test)]
mod tests;
