//! `groundcrew product`.

use crate::local_cloud::{LocalCloud, Printed};
use serde_json::Value;
use std::{fs, time::Duration};

const SPEC: &str = "name: shop
parent: folders/1000
billing_account: 000000-000000-000000
location: us-central1
environments: {staging: , production: }
team: {viewers: ['user:v@example.com'], deployers: ['user:d@example.com']}
budget: {amount: 500, currency: USD}
";

struct Shop {
    cloud: LocalCloud,
    folder: String,
}

impl Shop {
    fn write(&self, spec: &str) {
        fs::write(format!("{}/shop.yaml", self.folder), spec).expect("written");
    }

    /// Runs a command as `--help` has it.
    fn run(&self, code: i32, example: &str, input: &str) -> Printed {
        let line = example.replace("products", &self.folder);
        self.cloud.run_with_input(code, &line, input)
    }

    fn json(&self, example: &str) -> Value {
        let printed = self.run(0, example, "").stdout;
        serde_json::from_str(&printed).expect("JSON")
    }
}

fn shop(name: &str) -> Shop {
    let cloud = LocalCloud::start(name);
    let folder = cloud.folder().join("specs");
    fs::create_dir_all(&folder).expect("a folder");
    let folder = folder.to_str().expect("UTF-8").to_owned();
    let shop = Shop { cloud, folder };
    shop.write(SPEC);
    shop
}

#[test]
fn a_product_is_planned_made_shown_and_deleted() {
    let shop = shop("product");
    let plan = shop.run(0, "product plan products/shop.yaml", "").stdout;
    assert!(plan.contains("+      project shop-production-"), "{plan}");
    assert!(
        plan.contains(" 0 to change") || plan.contains(" 1 to change"),
        "{plan}"
    );
    assert_eq!(
        shop.json("product plan products --json")[0]["product"],
        "shop"
    );
    let made = shop.run(0, "product apply products/shop.yaml", "");
    assert!(
        made.stdout.contains("shop in folders/1000: "),
        "{}",
        made.stdout
    );
    let again = shop.json("product apply products --json");
    let outcomes = again[0]["report"]["outcomes"]
        .as_object()
        .expect("outcomes");
    assert!(outcomes.len() > 40, "{again}");
    let drift = shop.run(0, "product drift products/shop.yaml", "").stdout;
    assert!(drift.ends_with("no drift\n"), "{drift}");
    assert_eq!(
        shop.json("product drift products --json")[0]["plan"]["steps"],
        Value::Array(vec![])
    );

    let status = shop.json("product status --json");
    assert_eq!(status[0]["state"], "ready", "{status}");
    let status = shop.run(0, "product status", "").stdout;
    assert!(
        status.starts_with("PRODUCT") && status.contains("folders/1000"),
        "{status}"
    );
    let shown = shop.json("product show products/shop.yaml --json");
    let production = &shown[0]["environments"]["production"];
    assert_eq!(
        production["people"]["deployer"][0], "user:d@example.com",
        "{shown}"
    );
    let project = production["project"].as_str().expect("an ID");
    let shown = shop.run(0, "product show products/shop.yaml", "").stdout;
    assert!(shown.contains(project), "{shown}");
    let terraform = "product show products/shop.yaml --terraform production";
    let terraform = shop.run(0, terraform, "").stdout;
    assert!(
        terraform.contains(&format!("terraform-deploy@{project}")),
        "{terraform}"
    );

    // An environment goes only with consent.
    shop.write(&SPEC.replace("staging: , ", ""));
    let stderr = shop.run(1, "product apply products/shop.yaml", "").stderr;
    assert!(stderr.contains("--delete-environment staging"), "{stderr}");
    let agreed = "product apply products/shop.yaml --delete-environment staging";
    let agreed = shop.run(0, agreed, "").stdout;
    assert!(agreed.contains("(with its project)"), "{agreed}");

    let delete = "product delete products/shop.yaml";
    let stderr = shop.run(1, delete, "yes\n").stderr;
    assert!(stderr.contains("nothing was deleted"), "{stderr}");
    let deleted = shop.run(0, delete, "shop\n").stdout;
    assert!(deleted.contains("retained"), "{deleted}");
    let stderr = shop
        .run(0, "product delete products/shop.yaml --yes", "")
        .stderr;
    assert!(stderr.contains("nothing to delete"), "{stderr}");
    assert_eq!(shop.json("product status --json")[0]["state"], "removed");
    // It can be restored.
    shop.run(0, "product apply products/shop.yaml", "");
    assert_eq!(shop.json("product status --json")[0]["state"], "ready");
}

#[test]
fn every_example_of_the_help_is_tried_above() {
    let cloud = LocalCloud::not_started("product-help");
    let tried = include_str!("product.rs");
    for command in [
        "plan", "apply", "status", "show", "drift", "delete", "schema",
    ] {
        let help = cloud.run(0, &format!("product {command} --help")).stdout;
        let examples = help.lines().map(str::trim);
        let examples = examples.filter_map(|line| line.strip_prefix("groundcrew "));
        let examples: Vec<&str> = examples.collect();
        assert!(!examples.is_empty(), "{help}");
        for example in examples {
            assert!(tried.contains(&format!("\"{example}\"")), "{example}");
        }
    }
}

#[test]
fn a_spec_that_is_wrong_is_refused_with_its_place() {
    let shop = shop("product-spec");
    let schema = shop.json("product schema");
    assert_eq!(schema["title"], "Spec", "{schema}");
    for (spec, says) in [
        (SPEC.replace("team:", "tem:"), "did you mean `team`?"),
        (SPEC.replace("folders/1000", "folders/77"), "folders/77"),
    ] {
        shop.write(&spec);
        let stderr = shop.run(1, "product apply products/shop.yaml", "").stderr;
        assert!(stderr.contains(says), "{stderr}");
    }
    shop.write(SPEC);
    fs::write(format!("{}/copy.yml", shop.folder), SPEC).expect("written");
    let stderr = shop.run(1, "product plan products --json", "").stderr;
    assert!(
        stderr.contains("describes the product shop in folders/1000, too"),
        "{stderr}"
    );
    fs::remove_file(format!("{}/copy.yml", shop.folder)).expect("removed");
    fs::remove_file(format!("{}/shop.yaml", shop.folder)).expect("removed");
    let stderr = shop.run(1, "product plan products --json", "").stderr;
    assert!(stderr.contains("has no spec"), "{stderr}");
}

#[test]
fn a_new_local_cloud_makes_the_product_demo_by_itself() {
    let cloud = LocalCloud::not_started("product-demo");
    cloud.run(0, "local --detach --port 0");
    let listed = |command: &str| -> Vec<Value> {
        let printed = cloud.run(0, command).stdout;
        serde_json::from_str(&printed).expect("JSON")
    };
    let is_ready = |entry: &Value| entry["state"] == "ready";
    for _ in 0..180 {
        let products = listed("product status --json");
        let projects = listed("account list --json");
        let of_demo = projects.iter().filter(|it| {
            it["project"]
                .as_str()
                .is_some_and(|id| id.starts_with("demo-") && id != "demo-project")
        });
        if products.iter().filter(|it| is_ready(it)).count() == 1
            && of_demo.filter(|it| is_ready(it)).count() == 2
        {
            assert_eq!(products[0]["product"], "demo");
            return;
        }
        pause();
    }
    panic!("the product is not ready in time");
}

#[expect(
    clippy::disallowed_methods,
    reason = "the cloud is another process, in real time"
)]
fn pause() {
    std::thread::sleep(Duration::from_millis(500));
}
