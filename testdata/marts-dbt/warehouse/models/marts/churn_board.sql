select
    k.region,
    avg(s.score) as mean_score,
    count(*) as customers
from scoring.churn_scores s
join {{ ref('customers') }} k on s.contract_id = k.contract_id
group by k.region
