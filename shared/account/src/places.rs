//! Whether the places that a spec names exist: asked before anything is created
//! there. Cloud Storage has no list of its locations, but the bucket is created
//! before everything else, and its API answers.

use crate::{Spec, network::REGIONS};
use gcp::{
    ApiPath, Client, Pages, Request,
    methods::{compute::ZONES, kms},
};
use names::{ProjectId, Zone};
use plan::{Action, Error, Plan, Resource, ResourceId, is_absent};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Where Cloud KMS has keys besides regions, as far as this is known without
/// asking it. Source: Cloud KMS, "Locations"; unverified.
const MULTI_REGIONS: [&str; 4] = ["asia", "europe", "global", "us"];

/// The places of one API.
struct Places {
    names: BTreeSet<String>,
    /// The host of the API, if it could not be asked because it is disabled.
    disabled: Option<&'static str>,
}

impl Places {
    /// Why nothing can be created in `place`, which `source` names.
    fn refusal(&self, source: &str, place: &str, api: &str) -> Option<String> {
        if self.names.contains(place) {
            return None;
        }
        let mut reason = format!("{source} in the spec is {place}, which {api} does not have");
        if let Some(host) = self.disabled {
            reason.push_str(&format!(
                " as far as is known; to look it up, run `gcloud services enable {host}` first"
            ));
        }
        Some(reason)
    }
}

/// A sample of every request that looks a place up.
pub(crate) fn calls(project: &ProjectId) -> [Request; 2] {
    [
        ZONES.list(&project.path()),
        Request::on(&kms::LOCATIONS_LIST, &project.path()),
    ]
}

/// Refuses the steps of `plan` that would create something in a place that does
/// not exist. Asks only if there are such steps.
pub(crate) async fn refuse_unknown(
    client: &Client,
    spec: &Spec,
    plan: &mut Plan,
) -> Result<(), Error> {
    let (mut regions, mut locations) = (None, None);
    for step in &mut plan.steps {
        let refusal = match (&step.action, &step.resource) {
            (Action::Create, Some(Resource::Subnetwork(subnetwork))) => {
                let known = match regions.take() {
                    Some(known) => known,
                    None => self::regions(client, &spec.project, &step.id).await?,
                };
                let source = match spec.regions.is_empty() {
                    true => "`regions:` (by default groundcrew's own, or `location:`)",
                    false => "`regions:`",
                };
                let region = subnetwork.name.region().as_str();
                let refusal = known.refusal(source, region, "Compute Engine");
                regions = Some(known);
                refusal
            }
            (Action::Create, Some(Resource::Ring(ring))) => {
                let known = match locations.take() {
                    Some(known) => known,
                    None => self::locations(client, &spec.project, &step.id).await?,
                };
                let source = "`kms_location:` (by default `location:`)";
                let location = ring.name.location().as_str();
                let refusal = known.refusal(source, location, "Cloud KMS");
                locations = Some(known);
                refusal
            }
            _ => None,
        };
        if let Some(reason) = refusal {
            step.action = Action::Refuse { reason };
        }
    }
    Ok(())
}

/// The regions of the project, by its zones.
async fn regions(client: &Client, project: &ProjectId, id: &ResourceId) -> Result<Places, Error> {
    #[derive(Deserialize)]
    struct ListedZone {
        name: Zone,
    }
    let list = ZONES.list(&project.path());
    let listed = Pages::new(client, list).all::<ListedZone>(ZONES.items);
    let region = |zone: &ListedZone| zone.name.region().to_string();
    known(listed.await, id, "compute.googleapis.com", &[], region).map_err(|error| *error)
}

/// The locations where the project may have keys.
async fn locations(client: &Client, project: &ProjectId, id: &ResourceId) -> Result<Places, Error> {
    let listed = kms::list_locations(client, project).await;
    let (host, more) = ("cloudkms.googleapis.com", &MULTI_REGIONS);
    known(listed, id, host, more, ToString::to_string).map_err(|error| *error)
}

/// The names of what an API `listed`; if it is disabled, Google's regions and
/// `more`.
fn known<T>(
    listed: Result<Vec<T>, gcp::Error>,
    id: &ResourceId,
    host: &'static str,
    more: &[&str],
    name: impl Fn(&T) -> String,
) -> Result<Places, Box<Error>> {
    match listed {
        Ok(listed) => Ok(Places {
            names: listed.iter().map(name).collect(),
            disabled: None,
        }),
        Err(error) if is_absent(&error) => Ok(Places {
            names: REGIONS.iter().chain(more).map(|&n| n.to_owned()).collect(),
            disabled: Some(host),
        }),
        Err(error) => Err(Box::new(Error {
            operation: "looking up the place of",
            id: Some(id.clone()),
            fault: error.into(),
        })),
    }
}
