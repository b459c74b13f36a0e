//! Reads many resources concurrently.

use crate::{
    Error, Observed, ObservedState, ResourceId,
    resource::{self, observe_apis},
};
use futures_util::{StreamExt, stream};
use gcp::{Client, methods::serviceusage::MAX_BATCH};
use std::collections::BTreeSet;

/// How many reads run concurrently.
const CONCURRENT_READS: usize = 32;

/// Reads each of `ids`; on failure, answers with every error.
pub(crate) async fn observe(
    client: &Client,
    ids: BTreeSet<ResourceId>,
) -> Result<Observed, Vec<Error>> {
    let mut reads = stream::iter(batches(ids))
        .map(|batch| read(client, batch))
        .buffer_unordered(CONCURRENT_READS);
    let (mut observed, mut errors) = (Observed::new(), Vec::new());
    while let Some((id, states)) = reads.next().await {
        match states {
            Ok(states) => observed.extend(states),
            Err(error) => errors.push(Error {
                operation: "observing",
                id: Some(id),
                fault: error.into(),
            }),
        }
    }
    match errors.is_empty() {
        true => Ok(observed),
        false => Err(errors),
    }
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
