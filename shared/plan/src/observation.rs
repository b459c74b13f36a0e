//! Reads many resources concurrently.

use crate::{
    Error, Lifecycle, Observed, ObservedState, ResourceId,
    error::is_api_disabled,
    resource::{self, observe_apis},
};
use futures_util::{StreamExt, stream};
use gcp::{Client, methods::serviceusage::MAX_BATCH};
use std::collections::BTreeSet;

/// How many reads run concurrently.
const CONCURRENT_READS: usize = 32;

/// Reads each of `ids`; on failure, answers with every error. In a project that does
/// not exist, or is deleted, there is nothing to see: Google answers 403. What an API that is
/// disabled hides is no failure, unless that API is enabled in the project of
/// the deployment: then the call counted against another project.
pub(crate) async fn observe(
    client: &Client,
    ids: BTreeSet<ResourceId>,
) -> Result<Observed, Vec<Error>> {
    let (mut observed, mut errors, mut hidden) = (Observed::new(), Vec::new(), Vec::new());
    let is_project = |id: &ResourceId| matches!(id, ResourceId::Project(_));
    let (projects, others): (BTreeSet<_>, BTreeSet<_>) = ids.into_iter().partition(is_project);
    for ids in [projects, others] {
        let is_absent = |id: &ResourceId| {
            let project = id.project().map(ResourceId::Project);
            let state = project.and_then(|project| observed.get(&project));
            state.is_some_and(|state| {
                let active = state
                    .as_ref()
                    .filter(|state| state.lifecycle == Lifecycle::Active);
                active.is_none()
            })
        };
        let (absent, ids): (BTreeSet<_>, BTreeSet<_>) = ids.into_iter().partition(is_absent);
        observed.extend(absent.into_iter().map(|id| (id, None)));
        let mut reads = stream::iter(batches(ids))
            .map(|batch| read(client, batch))
            .buffer_unordered(CONCURRENT_READS);
        while let Some((id, states)) = reads.next().await {
            match states {
                Ok(states) => observed.extend(states),
                Err(error) if is_api_disabled(&error) => hidden.push((id, error)),
                Err(error) => errors.push(failed(id, error)),
            }
        }
    }
    for (id, error) in hidden {
        match is_enabled_here(&observed, &error) {
            true => errors.push(failed(id, error)),
            false => {
                observed.insert(id, Some(ObservedState::hidden()));
            }
        }
    }
    match errors.is_empty() {
        true => Ok(observed),
        false => Err(errors),
    }
}

fn failed(id: ResourceId, error: gcp::Error) -> Error {
    Error {
        operation: "observing",
        id: Some(id),
        fault: error.into(),
    }
}

/// Whether the API that `error` calls disabled is enabled in every project that
/// was `observed`. Google names the consumer by its number, so that it cannot be
/// compared with the project's ID.
fn is_enabled_here(observed: &Observed, error: &gcp::Error) -> bool {
    let Some(disabled) = error.disabled_api() else {
        return false;
    };
    let mut states = observed.iter().filter_map(|(id, state)| {
        let name = id.api().filter(|name| name.id() == disabled.api)?;
        Some((name, state.is_some()))
    });
    let first = states.next();
    first.is_some_and(|(_, is_enabled)| is_enabled) && states.all(|(_, is_enabled)| is_enabled)
}

type States = Vec<(ResourceId, Option<ObservedState>)>;

/// Reads a batch; its first id stands for all of it in errors.
async fn read(client: &Client, batch: Vec<ResourceId>) -> (ResourceId, Result<States, gcp::Error>) {
    let first = batch[0].clone();
    let states = match first.api() {
        Some(_) => {
            let names: Vec<_> = batch.iter().filter_map(ResourceId::api).cloned().collect();
            observe_apis(client, &names).await
        }
        None => {
            let state = resource::observe(client, &first).await;
            state.map(|state| vec![(first.clone(), state)])
        }
    };
    (first, states)
}

/// What each call reads: APIs of one project together, everything else alone.
fn batches(ids: BTreeSet<ResourceId>) -> Vec<Vec<ResourceId>> {
    let mut batches: Vec<Vec<ResourceId>> = Vec::new();
    let project = |id: &ResourceId| id.api().map(|name| name.project().clone());
    for id in ids {
        // APIs come first, in order of their projects.
        match batches.last_mut() {
            Some(batch)
                if project(&id).is_some()
                    && project(&batch[0]) == project(&id)
                    && batch.len() < MAX_BATCH =>
            {
                batch.push(id);
            }
            Some(_) | None => batches.push(vec![id]),
        }
    }
    batches
}
