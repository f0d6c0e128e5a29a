create view settled_claims as
select id, amount, age, audited_fraud from claims where closed is not null;
