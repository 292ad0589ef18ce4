//! A department sees what its leg names and nothing else, whatever is named and whatever the application holds.

use std::collections::BTreeSet;

use jisr_proto::v1;
use prost::Message as _;

use super::Mask;
use super::schema::{Leaf, MEMBERS, Schema};

fn mask(needs: &[&str]) -> Mask {
    Mask::compile(&needs.iter().map(|path| (*path).to_owned()).collect::<Vec<_>>()).unwrap()
}

/// Every path that can be named: each scalar's and those of the messages around it.
fn every_path(leaves: &[Leaf]) -> Vec<String> {
    let mut paths = BTreeSet::new();
    for leaf in leaves {
        let ends = leaf.path.match_indices('.').map(|(end, _)| end);
        paths.extend(ends.chain([leaf.path.len()]).map(|end| leaf.path[..end].to_owned()));
    }
    paths.into_iter().collect()
}

fn names(need: &str, leaf: &str) -> bool {
    leaf.strip_prefix(need).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Applies the needs to a full application and compares with what a decoder finds in it.
fn check(schema: &Schema, full: &[u8], leaves: &[Leaf], needs: &[String]) {
    let kept = Mask::compile(needs).unwrap().apply(full);
    let expected: Vec<_> =
        leaves.iter().filter(|leaf| needs.iter().any(|need| names(need, &leaf.path))).cloned().collect();
    assert_eq!(schema.leaves(&kept), expected, "{needs:?}");
    let decoded = v1::Transaction::decode(&kept[..]).unwrap();
    assert_eq!(schema.leaves(&decoded.encode_to_vec()), expected, "{needs:?}");
}

#[test]
fn each_field_of_the_schema_can_be_kept_alone() {
    let schema = Schema::read();
    for choice in [0, 1] {
        let full = schema.plant(choice);
        let leaves = schema.leaves(&full);
        let paths = every_path(&leaves);
        assert!(paths.len() > 150, "{}", paths.len());
        for path in paths {
            check(&schema, &full, &leaves, &[path]);
        }
    }
}

#[test]
fn any_set_of_fields_can_be_kept() {
    let schema = Schema::read();
    let full = schema.plant(0);
    let leaves = schema.leaves(&full);
    let paths = every_path(&leaves);
    // A fixed sequence (Knuth's MMIX generator), so that a failure repeats.
    let mut state = 1_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..500 {
        let needs: Vec<String> = (0..draw(12)).map(|_| paths[draw(paths.len())].clone()).collect();
        check(&schema, &full, &leaves, &needs);
    }
}

#[test]
fn naming_everything_keeps_everything() {
    let schema = Schema::read();
    for choice in [0, 1] {
        // As an encoder of ours writes it: lists packed, fields in order.
        let full = v1::Transaction::decode(&schema.plant(choice)[..]).unwrap().encode_to_vec();
        let leaves = schema.leaves(&full);
        let top = every_path(&leaves).into_iter().filter(|path| !path.contains('.')).collect::<Vec<_>>();
        assert_eq!(Mask::compile(&top).unwrap().apply(&full), full);
        let each: Vec<String> = leaves.into_iter().map(|leaf| leaf.path).collect();
        assert_eq!(Mask::compile(&each).unwrap().apply(&full), full);
    }
    assert!(mask(&[]).apply(&schema.plant(0)).is_empty());
    assert!(Mask::default().apply(&schema.plant(0)).is_empty());
}

#[test]
fn one_answer_is_cut_out_of_the_form() {
    let full = Schema::read().plant(0);
    let kept = v1::Transaction::decode(mask(&["answers.plot_no"]).apply(&full)).unwrap();
    let answers = kept.answers.unwrap().fields;
    assert_eq!(answers.keys().collect::<Vec<_>>(), [MEMBERS[0]]);
    assert!(mask(&["answers.plot"]).apply(&full).is_empty(), "the beginning of a name is not the name");
}

#[test]
fn what_holds_nothing_named_does_not_show_that_it_was_there() {
    let organization = v1::party::Kind::Organization(v1::Organization::default());
    let company = v1::Party { kind: Some(organization), ..Default::default() };
    let text = |text: &str| v1::PersonName { full_name: text.to_owned(), ..Default::default() };
    let person = v1::Person { names: vec![text("مريم المنصوري")], ..Default::default() };
    let person = v1::Party { kind: Some(v1::party::Kind::Person(person)), ..Default::default() };
    let location = v1::Location { address: "الطوار الأولى".to_owned(), ..Default::default() };
    let given = v1::Transaction {
        applicant: Some(company.clone()),
        beneficiaries: vec![company, person.clone()],
        location: Some(location),
        customer_category: 5,
        ..Default::default()
    };
    let needs = ["applicant.person.names", "beneficiaries.person.names", "location.parcel_no"];
    let kept = v1::Transaction::decode(mask(&needs).apply(&given.encode_to_vec())).unwrap();
    // One of several keeps its place, or the second would be taken for the first.
    let expected = v1::Transaction { beneficiaries: vec![v1::Party::default(), person], ..Default::default() };
    assert_eq!(kept, expected);
}

#[test]
fn a_path_that_is_none_is_refused() {
    for (path, message) in [
        ("", "Transaction has no field ``"),
        ("applicant.person.name", "Person has no field `name`"),
        ("reference_no.x", "nothing lies below the field before `x`"),
        ("labels.key", "nothing lies below"),
        ("answers.plot_no.x", "a member of `answers` is kept whole"),
    ] {
        let error = Mask::compile(&[path.to_owned()]).unwrap_err();
        assert!(error.contains(message), "{path}: {error}");
    }
}

#[test]
fn bytes_that_are_no_message_never_show_more() {
    let schema = Schema::read();
    let full = schema.plant(0);
    let some = mask(&["applicant.person.names", "answers.plot_no"]);
    for end in 0..full.len() {
        let kept = some.apply(&full[..end]);
        assert!(
            schema
                .leaves(&kept)
                .iter()
                .all(|leaf| { names("applicant.person.names", &leaf.path) || names("answers.plot_no", &leaf.path) })
        );
    }
    // `answers` (17) and `applicant` (11) as numbers.
    assert!(some.apply(&[0x88, 0x01, 0x05, 0x58, 0x05]).is_empty());
}
