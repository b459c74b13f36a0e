//! `groundcrew product show`

use super::{Products, of};
use crate::{args::ProductArgs, out};
use anyhow::{Result, anyhow};
use names::{EnvironmentName, Member};
use product::{Access, Level, access, provider};
use std::{
    collections::{BTreeMap, BTreeSet},
    process::ExitCode,
};

pub(crate) async fn run(
    args: &ProductArgs,
    terraform: Option<&EnvironmentName>,
) -> Result<ExitCode> {
    let mut shown = Vec::new();
    for (spec, factory) in Products::find(args).await?.all {
        let ids = factory
            .project_ids()
            .await
            .map_err(|error| of(&spec, error))?;
        let access = access(&spec, &ids);
        match terraform {
            Some(name) => {
                let environment = access.environments.get(name);
                let missing = || anyhow!("{} has no environment {name}", spec.name);
                let environment = environment.ok_or_else(missing)?;
                out::text(&provider::snippet(environment, spec.location.as_str()))?;
            }
            None if args.json => shown.push(access),
            None => out::text(&text(&access))?,
        }
    }
    if args.json {
        out::json(&shown)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// A product for people.
fn text(product: &Access) -> String {
    let row = |name: &str, value: String| vec![name.to_owned(), value];
    let mut rows = vec![
        row(
            "product:",
            format!("{} in {}", product.name, product.parent),
        ),
        row("billing account:", product.billing_account.to_string()),
        row("meta project:", product.meta_project.to_string()),
        row("product admin:", product.product_admin.to_string()),
        row("  on the folder:", product.product_admin_roles.join(", ")),
    ];
    rows.extend(people("", &product.people));
    for (name, environment) in &product.environments {
        rows.push(row(&format!("{name}:"), environment.project.to_string()));
        rows.push(row("  terraform:", environment.terraform.to_string()));
        rows.push(row("  state bucket:", environment.state_bucket.to_string()));
        let run = environment.cloud_run_deployer.to_string();
        rows.push(row("  Cloud Run deployer:", run));
        for (process, account) in &environment.processes {
            rows.push(row(&format!("  process {process}:"), account.to_string()));
        }
        if environment.people != product.people {
            rows.extend(people("  ", &environment.people));
        }
    }
    out::table(&rows)
}

fn people(indent: &str, people: &BTreeMap<Level, BTreeSet<Member>>) -> Vec<Vec<String>> {
    let rows = people.iter().filter(|(_, members)| !members.is_empty());
    rows.map(|(level, members)| {
        let members: Vec<&str> = members.iter().map(Member::as_str).collect();
        vec![format!("{indent}{level}s:"), members.join(", ")]
    })
    .collect()
}
