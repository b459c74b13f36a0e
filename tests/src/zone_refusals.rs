//! Which zones refused which jobs for want of capacity, as the job flow was told,
//! and whether it asked them again too early.

use crate::machine_names::attempt_of;
use bytes::Bytes;
use http::{Method, Request, Response};
use names::{Attempt, Duration, JobId, Timestamp};
use serde_json::Value;
use std::collections::BTreeMap;

/// How long a zone without capacity must be left alone.
const STOCKOUT: Duration = Duration::from_secs(30 * 60);

/// A request for a machine, or about the operation that makes it.
pub struct MachineRequest {
    zone: String,
    /// The machine's name, if the request has it: else its operation's answer does.
    name: Option<String>,
}

impl MachineRequest {
    /// What `request` is, if it is one of these.
    #[must_use]
    pub fn of(request: &Request<Bytes>) -> Option<Self> {
        let (_, rest) = request.uri().path().split_once("/zones/")?;
        let (zone, rest) = rest.split_once('/')?;
        let zone = zone.to_owned();
        if rest == "instances" && *request.method() == Method::POST {
            let body: Value = serde_json::from_slice(request.body()).ok()?;
            let name = body["name"].as_str()?.to_owned();
            return Some(Self {
                zone,
                name: Some(name),
            });
        }
        (rest == "operations" || rest.starts_with("operations/"))
            .then_some(Self { zone, name: None })
    }
}

/// The refusals that the job flow knows of, and what it did wrong after them.
#[derive(Debug, Default)]
pub struct ZoneRefusals {
    refused: BTreeMap<(JobId, String), (Attempt, Timestamp)>,
    /// A description of each request that came too early.
    pub violations: Vec<String>,
}

impl ZoneRefusals {
    /// Notes that the machine of an attempt is requested.
    pub fn requested(&mut self, request: &MachineRequest, now: Timestamp) {
        let name = request.name.as_deref();
        let Some((job, attempt)) = name.and_then(attempt_of) else {
            return;
        };
        let zone = request.zone.clone();
        if let Some((before, at)) = self.refused.get(&(job.clone(), zone.clone()))
            && attempt > *before
            && now.since(*at) < STOCKOUT
        {
            self.violations.push(format!(
                "{now}: {job} attempt {attempt} asks {zone}, which refused attempt {before} at {at}"
            ));
        }
    }

    /// Notes what the job flow was answered.
    pub fn answered(
        &mut self,
        request: &MachineRequest,
        response: &Response<Bytes>,
        now: Timestamp,
    ) {
        let mut body: Value = serde_json::from_slice(response.body()).unwrap_or_default();
        // Of a list, the newest counts: names begin with the time.
        if let Some(newest) = body["items"].as_array_mut().and_then(Vec::pop) {
            body = newest;
        }
        let target = body["targetLink"].as_str().unwrap_or_default();
        let is_insert = request.name.is_some() || body["operationType"] == "insert";
        let name = request.name.as_deref();
        let name = name.or_else(|| target.rsplit('/').next());
        let Some((job, attempt)) = name.and_then(attempt_of) else {
            return;
        };
        if !is_insert {
            return;
        }
        let key = (job, request.zone.clone());
        if body["error"]
            .to_string()
            .contains("ZONE_RESOURCE_POOL_EXHAUSTED")
        {
            self.refused.insert(key, (attempt, now));
        } else if body["status"] == "DONE" && body["error"].is_null() {
            // The same attempt asked again and got its machine, which may have ended
            // before anything ran on it.
            let of_attempt = |(before, _): &(Attempt, Timestamp)| *before == attempt;
            if self.refused.get(&key).is_some_and(of_attempt) {
                self.refused.remove(&key);
            }
        }
    }

    /// Notes that the machine of an attempt was made after all: a process that had
    /// been told of a refusal crashed, and another asked again.
    pub fn made(&mut self, job: &JobId, attempt: Attempt) {
        self.refused
            .retain(|(refused, _), (before, _)| refused != job || *before != attempt);
    }
}
