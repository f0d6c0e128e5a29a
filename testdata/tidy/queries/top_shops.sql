-- For the weekly meeting; nothing is trained on it.
SELECT shop, SUM(expected) AS expected
FROM forecast.daily
WHERE date >= CURRENT_DATE
GROUP BY shop
ORDER BY expected DESC
LIMIT 20;
