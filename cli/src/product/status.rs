//! `groundcrew product status`

use crate::{args::TargetArgs, out, shell, target::Target};
use anyhow::Result;
use ledger::{Query, Record};
use names::ProjectId;
use product::Product;
use serde_json::json;
use std::process::ExitCode;

/// How many products are read in one call.
const PAGE: u32 = 200;

pub(crate) async fn run(json: bool, google: Option<&ProjectId>) -> Result<ExitCode> {
    let target = Target::find(&TargetArgs::home(google)).await?;
    let ledger = target.ledger();
    let mut query = Query {
        newest_first: true,
        limit: PAGE,
        ..Query::default()
    };
    let (mut products, mut unreadable) = (Vec::new(), Vec::new());
    loop {
        let page = ledger.query::<Product>(&query).await?;
        products.extend(page.entries.into_iter().map(|entry| entry.record));
        unreadable.extend(page.unreadable);
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    for error in &unreadable {
        out::note!("not shown: {}", gcp::chain(error));
    }
    if json {
        let shown = products.iter().map(|product| {
            json!({
                "product": product.spec.name,
                "parent": product.spec.parent,
                "state": product.state(),
                "projects": product.projects,
                "last": product.history.last(),
            })
        });
        out::json(&shown.collect::<Vec<_>>())?;
        return Ok(ExitCode::SUCCESS);
    }
    let header = ["PRODUCT", "PARENT", "STATE", "PROJECTS", "LAST"];
    let mut rows = vec![header.map(String::from).to_vec()];
    for product in &products {
        let projects = product.projects.environments.values();
        let projects: Vec<&str> = projects.map(ProjectId::as_str).collect();
        let last = product.history.last();
        rows.push(vec![
            product.spec.name.to_string(),
            product.spec.parent.to_string(),
            product.state().to_owned(),
            projects.join(", "),
            last.map_or_else(String::new, |last| {
                format!("{} {}", last.at, shell::truncate(&last.what, 300))
            }),
        ]);
    }
    out::text(&out::table(&rows))?;
    Ok(ExitCode::SUCCESS)
}
