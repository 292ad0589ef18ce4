//! A filter's words, each with its place.

use jisr_core::problem::Rule;

use super::Fault;

/// A word of a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    Open,
    Close,
    And,
    Or,
    Compare(Operator),
    /// A field's name, or a value without quotes.
    Word(String),
    /// A value in quotes.
    Quoted(String),
}

/// A comparison the journal knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    AtLeast,
    Above,
    AtMost,
    Below,
}

/// A token and the character it begins at, from 1.
pub(super) type Placed = (usize, Token);

/// Cuts the text into tokens.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, Fault> {
    let characters: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&c) = characters.get(at) {
        let begin = at;
        at += 1;
        let equals = characters.get(at) == Some(&'=');
        let token = match c {
            c if c.is_whitespace() => continue,
            '(' => Token::Open,
            ')' => Token::Close,
            '=' => Token::Compare(Operator::Equal),
            '<' | '>' => {
                at += usize::from(equals);
                Token::Compare(match (c, equals) {
                    ('<', true) => Operator::AtMost,
                    ('<', false) => Operator::Below,
                    (_, true) => Operator::AtLeast,
                    (_, false) => Operator::Above,
                })
            }
            '"' | '\'' => quoted(c, &characters, &mut at).ok_or_else(|| expected(begin, "\""))?,
            '!' | '*' | ',' | '\\' => return Err(expected(begin, "=")),
            _ => {
                while characters.get(at).is_some_and(|c| is_word(*c)) {
                    at += 1;
                }
                word(characters[begin..at].iter().collect())
            }
        };
        tokens.push((begin + 1, token));
    }
    Ok(tokens)
}

fn is_word(c: char) -> bool {
    !c.is_whitespace() && !matches!(c, '(' | ')' | '=' | '<' | '>' | '!' | '"' | '\'' | ',' | '*' | '\\')
}

fn word(word: String) -> Token {
    match word.as_str() {
        "AND" => Token::And,
        "OR" => Token::Or,
        _ => Token::Word(word),
    }
}

/// The rest of a text in quotes; nothing when the closing one is missing.
fn quoted(quote: char, characters: &[char], at: &mut usize) -> Option<Token> {
    let mut value = String::new();
    loop {
        let c = *characters.get(*at)?;
        *at += 1;
        match c {
            '\\' => {
                value.push(*characters.get(*at)?);
                *at += 1;
            }
            c if c == quote => return Some(Token::Quoted(value)),
            c => value.push(c),
        }
    }
}

/// Something else should stand at this place, counted from 0.
pub(super) fn expected(at: usize, what: &str) -> Fault {
    Fault { position: at + 1, field: String::new(), rule: Rule::NotOneOf { allowed: vec![what.to_owned()] } }
}
